/** What the role of callers without a credential cannot have: nothing leads such a caller there. */
import type * as z from 'zod';
import { ownValue } from '../values/own-value.ts';
import { PUBLIC_ROLE } from './roles.ts';

const FOR_CREDENTIALS = [
  'journal',
  'publications',
  'inbound',
  'inspect',
  'operate',
  'backdate',
  'personal',
] as const;

type GrantsByName = Readonly<Partial<Record<(typeof FOR_CREDENTIALS)[number], unknown>>>;

/** @throws for a grant that needs a credential, and where its callers, which have no claims, would be granted nothing */
export function checkPublicRole(
  roles: Readonly<Record<string, GrantsByName>>,
  claims: z.ZodType,
): void {
  const grants = ownValue(roles, PUBLIC_ROLE);
  if (!grants) return;
  const surplus = FOR_CREDENTIALS.find((name) => grants[name] !== undefined);
  if (surplus !== undefined) {
    throw new Error(`The role ${PUBLIC_ROLE} cannot grant ${surplus}, which needs a credential.`);
  }
  if (claims.safeParse({}).success) return;
  throw new Error(
    `The role ${PUBLIC_ROLE} has no claims, and the schema of the claims refuses {}. Make its members optional.`,
  );
}
