/** The context of the hooks: the client, and the expected effects of its commands. */
import { createContext, createElement, type ReactNode, useContext, useMemo } from 'react';
import type { PlainClient } from '../plain-client.ts';
import { type Expectations, newExpectations } from './expectations.ts';

interface Ledge {
  readonly client: PlainClient;
  readonly expectations: Expectations;
}

const ledgeContext = createContext<Ledge | undefined>(undefined);

/** The properties of `LedgeProvider`. */
export interface ProviderProperties<Given> {
  readonly client: Given;
  readonly children?: ReactNode;
}

export function LedgeProvider({ client, children }: ProviderProperties<PlainClient>) {
  const ledge = useMemo(() => ({ client, expectations: newExpectations() }), [client]);
  return createElement(ledgeContext, { value: ledge }, children);
}

export function useLedge(): Ledge {
  const ledge = useContext(ledgeContext);
  if (!ledge)
    throw new Error('There is no client here: put a LedgeProvider around this component.');
  return ledge;
}
