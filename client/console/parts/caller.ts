/** The caller, and whether it has a grant: by its name in `may`, or by a role. */
import { useApi } from './use-api.ts';

interface Caller {
  readonly id: string;
  readonly tenant: string;
  readonly roles: readonly string[];
  readonly may: readonly string[];
}

export function useCaller(): Caller | undefined {
  return useApi<Caller>('/v1/me').data;
}

/** `grant`: as `may` of `/v1/me` has it, or a role. */
export function useGrant(grant: string): boolean {
  const caller = useCaller();
  return caller !== undefined && [...caller.may, ...caller.roles].includes(grant);
}
