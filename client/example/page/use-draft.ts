/** The state of the form: its values, and the wrong fields, the first of which gets the focus. */
import { type RefObject, useEffect, useMemo, useRef, useState } from 'react';
import { emptyDraft, type FieldName, fields, type OrderDraft } from './order-draft.ts';

export interface DraftActions {
  set(name: FieldName, value: string): void;
  /** Shows a refused order again. */
  show(draft: OrderDraft, wrong: readonly FieldName[]): void;
  /** Empties the form, unless it was changed meanwhile. */
  clear(sent: OrderDraft): void;
  /** Whether the form has no other values than these. */
  isFreeOf(sent: OrderDraft): boolean;
  focus(name: FieldName): void;
}

export interface DraftState {
  readonly form: RefObject<HTMLFormElement | null>;
  readonly draft: OrderDraft;
  readonly wrong: readonly FieldName[];
  readonly actions: DraftActions;
}

interface Refused {
  readonly draft: OrderDraft;
  readonly wrong: readonly FieldName[];
}

export function useDraft(): DraftState {
  const [draft, setDraft] = useState(emptyDraft);
  const [refused, setRefused] = useState<Refused>({ draft: emptyDraft, wrong: [] });
  const form = useRef<HTMLFormElement>(null);
  const latest = useRef(draft);
  latest.current = draft;

  const actions = useMemo(
    (): DraftActions => ({
      set: (name, value) => setDraft((now) => ({ ...now, [name]: value })),
      show: (shown, wrong) => {
        setDraft(shown);
        setRefused({ draft: shown, wrong });
      },
      clear: (sent) => setDraft((now) => (now === sent ? emptyDraft : now)),
      isFreeOf: (sent) => latest.current === emptyDraft || latest.current === sent,
      focus: (name) => form.current?.querySelector<HTMLElement>(`[name=${name}]`)?.focus(),
    }),
    [],
  );

  useEffect(() => {
    const first = fields.find(({ name }) => refused.wrong.includes(name));
    if (first) actions.focus(first.name);
  }, [refused, actions]);

  // A field is wrong while it has the refused value.
  const wrong = refused.wrong.filter((name) => draft[name] === refused.draft[name]);
  return { form, draft, wrong, actions };
}
