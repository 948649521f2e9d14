/** Commands that were refused after the board had moved on. */
import { dismiss, notices } from './notices.ts';
import type { OrderDraft } from './order-draft.ts';
import { useValue } from './value-store.ts';

export function Notices({ onEdit }: { onEdit: (draft: OrderDraft) => void }) {
  const shown = useValue(notices);
  return (
    <div role="alert" className="notices">
      {shown.map((notice) => {
        const { text, draft } = notice;
        return (
          <p key={text}>
            {text}
            {draft && (
              <button
                type="button"
                onClick={() => {
                  onEdit({ ...draft });
                  dismiss(notice);
                }}
              >
                Edit again
              </button>
            )}
            <button type="button" onClick={() => dismiss(notice)}>
              Dismiss
            </button>
          </p>
        );
      })}
    </div>
  );
}
