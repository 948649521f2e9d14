/** The live order board: the page that the Worker serves at `/pages/board/`. */
import './without-eval.ts';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createClient } from '../../index.ts';
import { type App, LedgeProvider } from './ledge.ts';
import { OrderBoard } from './order-board.tsx';

const client = createClient<App>({ url: location.origin });
const place = document.getElementById('board');

if (place) {
  createRoot(place).render(
    <StrictMode>
      <LedgeProvider client={client}>
        <OrderBoard />
      </LedgeProvider>
    </StrictMode>,
  );
}
