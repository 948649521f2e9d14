/** The live order board: the page that the Worker serves at `/pages/board/`. */
import './without-eval.ts';
import { createClient } from 'ledge/client';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { LedgeProvider, type Shop } from './ledge.ts';
import { notify, refusalText } from './notices.ts';
import { OrderBoard } from './order-board.tsx';
import { draftOf } from './order-draft.ts';
import { pageStorage, watchedStorage } from './waiting-commands.ts';

const { storage, waiting } = watchedStorage(pageStorage());
const client = createClient<Shop>({
  url: location.origin,
  offline: {
    ...(storage && { storage }),
    // A name and an address are plain in a browser, and stay out of its storage.
    memoryOnly: { 'customer/RegisterCustomer': true, 'customer/MoveCustomer': true },
    onLeftover: ({ id, command, data }, became) => {
      if ('outcome' in became && became.outcome === 'accepted') return;
      const reason =
        'outcome' in became && became.outcome === 'rejected' ? became.reason : undefined;
      const draft = command === 'PlaceOrder' ? draftOf(data) : undefined;
      notify({ text: refusalText(id, command, reason), ...(draft && { draft }) });
    },
  },
});
const place = document.getElementById('board');

if (place) {
  createRoot(place).render(
    <StrictMode>
      <LedgeProvider client={client}>
        <OrderBoard waiting={waiting} />
      </LedgeProvider>
    </StrictMode>,
  );
}
