/** Places an order of one line. What is refused stays in the form, with the rule at each field that is wrong. */
import { type SubmitEvent, useEffect, useRef, useState } from 'react';
import { order } from '../../../domain/order/order.ts';
import { FormField } from './form-field.tsx';
import { useCommand } from './ledge.ts';
import { notify, refusalText } from './notices.ts';
import {
  commandOf,
  emptyDraft,
  type FieldName,
  fields,
  fieldsAt,
  type OrderDraft,
  pointersRefused,
} from './order-draft.ts';

interface Properties {
  /** A refused order that is taken up again: another object each time. */
  readonly edited: OrderDraft | undefined;
  readonly isLive: boolean;
}

export function OrderForm({ edited, isLive }: Properties) {
  const [draft, setDraft] = useState(emptyDraft);
  const [wrong, setWrong] = useState<readonly FieldName[]>([]);
  const [id, setId] = useState(newId);
  const { send, isPending, problem } = useCommand(order, id);
  const sent = useRef(emptyDraft);
  const form = useRef<HTMLFormElement>(null);
  const isSending = isPending && isLive;

  useEffect(() => {
    if (!edited) return;
    setDraft(edited);
    setWrong(fieldsAt(pointersRefused(commandOf(edited))));
    focus(form.current, 'customer');
  }, [edited]);

  // What waits for the network is stored: the form is free for the next order.
  useEffect(() => {
    if (isPending && !isLive) setDraft((now) => (now === sent.current ? emptyDraft : now));
  }, [isPending, isLive]);

  useEffect(() => {
    if (problem?.problem.kind !== 'invalid') return;
    setWrong(fieldsAt(problem.problem.errors.map(({ at }) => at)));
  }, [problem]);

  // The first wrong field, in the order of the form.
  useEffect(() => {
    const first = fields.find(({ name }) => wrong.includes(name));
    if (first) focus(form.current, first.name);
  }, [wrong]);

  async function place(submit: SubmitEvent<HTMLFormElement>): Promise<void> {
    submit.preventDefault();
    if (isSending) return;
    const command = commandOf(draft);
    const refused = fieldsAt(pointersRefused(command));
    setWrong(refused);
    if (refused.length > 0) return;
    sent.current = draft;
    setId(newId());
    const outcome = await send('PlaceOrder', command);
    if (outcome?.outcome === 'accepted') setDraft((now) => (now === draft ? emptyDraft : now));
    else keep(draft, outcome?.outcome === 'rejected' ? outcome.reason : undefined);
  }

  /** A form that is in use for the next order is not overwritten. */
  function keep(refused: OrderDraft, reason: string | undefined): void {
    const text = refusalText(refused.customer, 'PlaceOrder', reason);
    setDraft((now) => (now === emptyDraft ? refused : now));
    notify({ text, draft: refused });
  }

  return (
    <form ref={form} noValidate aria-label="New order" aria-busy={isSending} onSubmit={place}>
      {fields.map((field) => (
        <FormField
          key={field.name}
          {...field}
          value={draft[field.name]}
          isWrong={wrong.includes(field.name)}
          onChange={(value) => setDraft((now) => ({ ...now, [field.name]: value }))}
        />
      ))}
      <button type="submit">Place order</button>
    </form>
  );
}

function focus(form: HTMLFormElement | null, name: FieldName): void {
  form?.querySelector<HTMLInputElement>(`[name=${name}]`)?.focus();
}

function newId(): string {
  return `o-${crypto.randomUUID().slice(0, 8)}`;
}
