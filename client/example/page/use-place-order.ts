/** Sends the form's order. A refused order returns to the form, or becomes a notice if the form is in use again. */
import { useEffect, useRef, useState } from 'react';
import { order } from '../../../domain/order/order.ts';
import { useCommand } from './ledge.ts';
import { notify, refusalText } from './notices.ts';
import {
  commandOf,
  emptyDraft,
  type FieldName,
  fieldsAt,
  type OrderDraft,
  pointersRefused,
} from './order-draft.ts';
import type { DraftState } from './use-draft.ts';

export function usePlaceOrder({ form, draft, actions }: DraftState, isLive: boolean) {
  const [id, setId] = useState(newId);
  const { send, isPending, problem } = useCommand(order, id);
  const sent = useRef(emptyDraft);
  const isSending = isPending && isLive;

  // A command that waits for the network is stored, so that the form is free for the next order.
  useEffect(() => {
    if (isPending && !isLive) actions.clear(sent.current);
  }, [isPending, isLive, actions]);

  useEffect(() => {
    if (!problem) return;
    const { problem: said } = problem;
    const wrong = said.kind === 'invalid' ? fieldsAt(said.errors.map(({ at }) => at)) : [];
    if (!actions.isFreeOf(sent.current) || wrong.length === 0) notifyRefused(sent.current);
    else actions.show(sent.current, wrong);
  }, [problem, actions]);

  async function place(): Promise<void> {
    if (isSending) return;
    const wrong = wrongFields(draft);
    actions.show(draft, wrong);
    if (wrong.length > 0) return;
    sent.current = draft;
    setId(newId());
    const outcome = await send('PlaceOrder', commandOf(draft));
    if (outcome?.outcome === 'rejected') notifyRefused(draft, outcome.reason);
    if (outcome?.outcome !== 'accepted') return;
    actions.clear(draft);
    if (form.current?.contains(document.activeElement)) actions.focus('customer');
  }

  return { place, isSending };
}

export function wrongFields(draft: OrderDraft): FieldName[] {
  return fieldsAt(pointersRefused(commandOf(draft)));
}

function notifyRefused(draft: OrderDraft, reason?: string): void {
  notify({ text: refusalText(draft.customer, 'PlaceOrder', reason), draft });
}

/** Not `randomUUID`, which exists only over https or on localhost. */
function newId(): string {
  return `o-${crypto.getRandomValues(new Uint32Array(1))[0]?.toString(16).padStart(8, '0')}`;
}
