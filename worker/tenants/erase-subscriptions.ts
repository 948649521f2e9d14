/** Erases the subscriptions of a tenant: their objects before the rows, by which they are found. */
import type { Projector } from '../projector/projector.ts';
import { listRegistered, unregister } from '../wake-ups/registrations.ts';

/** Each costs a request to its object. */
const SUBSCRIPTIONS_AT_ONCE = 50;

/** False where there is none left. */
export async function eraseSubscriptions(
  { database, eraseSubscription }: Projector,
  tenant: string,
): Promise<boolean> {
  const found = await listRegistered(database, tenant, ['', ''], SUBSCRIPTIONS_AT_ONCE);
  await Promise.all(
    found.map(async (one) => {
      await eraseSubscription(tenant, one.id);
      await unregister(database, one);
    }),
  );
  return found.length > 0;
}
