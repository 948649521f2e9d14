/** Erases the subscriptions and consumer groups of a tenant: their objects before the rows, by which they are found. */
import type { ReaderKind } from '../../core/group/reader-id.ts';
import type { Projector } from '../projector/projector.ts';
import { listRegistered, unregister } from '../wake-ups/registrations.ts';

/** Each costs a request to its object. */
const ERASED_AT_ONCE = 50;

const KINDS: readonly ReaderKind[] = ['subscription', 'group'];

/** False where there is none left. */
export async function eraseSubscriptions(
  { database, eraseSubscription }: Projector,
  tenant: string,
): Promise<boolean> {
  const lists = KINDS.map((kind) =>
    listRegistered(database, tenant, kind, ['', ''], ERASED_AT_ONCE),
  );
  const found = (await Promise.all(lists)).flat();
  await Promise.all(
    found.map(async (one) => {
      await eraseSubscription(tenant, one.id);
      await unregister(database, one);
    }),
  );
  return found.length > 0;
}
