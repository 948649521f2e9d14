/** Places an order of one line. A refused order stays in the form, with the rule at each wrong field. */
import { useEffect } from 'react';
import { FormField } from './form-field.tsx';
import { fields, type OrderDraft } from './order-draft.ts';
import { useDraft } from './use-draft.ts';
import { usePlaceOrder, wrongFields } from './use-place-order.ts';

interface Properties {
  /** A refused order to correct; a new object each time. */
  readonly edited: OrderDraft | undefined;
  readonly isLive: boolean;
}

export function OrderForm({ edited, isLive }: Properties) {
  const state = useDraft();
  const { form, draft, wrong, actions } = state;
  const { place, isSending } = usePlaceOrder(state, isLive);

  useEffect(() => {
    if (!edited) return;
    actions.show(edited, wrongFields(edited));
    actions.focus('customer');
  }, [edited, actions]);

  return (
    <form
      ref={form}
      noValidate
      aria-label="New order"
      aria-busy={isSending}
      onSubmit={(submit) => {
        submit.preventDefault();
        void place();
      }}
    >
      {fields.map((field) => (
        <FormField
          key={field.name}
          {...field}
          value={draft[field.name]}
          isWrong={wrong.includes(field.name)}
          onChange={(value) => actions.set(field.name, value)}
        />
      ))}
      <button type="submit">Place order</button>
    </form>
  );
}
