/** What the form has: the values, and which of them are wrong. The first wrong field gets the focus. */
import { type RefObject, useEffect, useMemo, useRef, useState } from 'react';
import { emptyDraft, type FieldName, fields, type OrderDraft } from './order-draft.ts';

export interface DraftActions {
  set(name: FieldName, value: string): void;
  /** Puts an order back that was refused. */
  show(draft: OrderDraft, wrong: readonly FieldName[]): void;
  /** Empties the form, unless it has something else by now. */
  clear(sent: OrderDraft): void;
  /** Whether the form has nothing but this. */
  isFreeOf(sent: OrderDraft): boolean;
  focus(name: FieldName): void;
}

export interface DraftState {
  readonly form: RefObject<HTMLFormElement | null>;
  readonly draft: OrderDraft;
  readonly wrong: readonly FieldName[];
  readonly actions: DraftActions;
}

export function useDraft(): DraftState {
  const [draft, setDraft] = useState(emptyDraft);
  const [wrong, setWrong] = useState<readonly FieldName[]>([]);
  const form = useRef<HTMLFormElement>(null);
  const latest = useRef(draft);
  latest.current = draft;

  const actions = useMemo(
    (): DraftActions => ({
      set: (name, value) => setDraft((now) => ({ ...now, [name]: value })),
      show: (refused, wrongFields) => {
        setDraft(refused);
        setWrong(wrongFields);
      },
      clear: (sent) => setDraft((now) => (now === sent ? emptyDraft : now)),
      isFreeOf: (sent) => latest.current === emptyDraft || latest.current === sent,
      focus: (name) => form.current?.querySelector<HTMLElement>(`[name=${name}]`)?.focus(),
    }),
    [],
  );

  useEffect(() => {
    const first = fields.find(({ name }) => wrong.includes(name));
    if (first) actions.focus(first.name);
  }, [wrong, actions]);

  return { form, draft, wrong, actions };
}
