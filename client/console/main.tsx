/** The console: the page that the Worker serves for every address below `/console/`. */
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Router } from 'wouter';
import { consolePath } from './parts/addresses.ts';
import { Shell } from './shell/shell.tsx';

// A request that fails is made again by the interval of its screen; the browser's word about the network is not asked.
const queries = new QueryClient({
  defaultOptions: {
    queries: { retry: false, networkMode: 'always' },
    mutations: { networkMode: 'always' },
  },
});
const place = document.getElementById('console');

if (place) {
  createRoot(place).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <Router base={consolePath}>
          <Shell />
        </Router>
      </QueryClientProvider>
    </StrictMode>,
  );
}
