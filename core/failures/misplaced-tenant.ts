/**
 * The failures of work for a tenant whose data is elsewhere: nothing is done until the bindings are again as they were
 * when the tenant was provisioned. core/failures/platform-error recognizes them by their texts.
 */
import { KnownFault } from './known-fault.ts';

/** The Worker lacks a database that a tenant's stream names. */
export class UnboundDatabase extends KnownFault {
  override readonly name = 'UnboundDatabase';

  constructor(database: string) {
    super(`${database} is not bound to this Worker, and tenants live in it.`);
  }
}

/** The deployment names another jurisdiction than the tenant was provisioned in. */
export class OtherJurisdiction extends KnownFault {
  override readonly name = 'OtherJurisdiction';

  constructor(database: string, recorded: string | null, named: string | null) {
    super(
      `LEDGE_JURISDICTIONS has ${named ?? 'none'} for ${database}, and tenants of it were provisioned in ${recorded ?? 'none'}.`,
    );
  }
}

/** `here` is the database that the work was for. */
export class MisplacedTenant extends Error {
  override readonly name = 'MisplacedTenant';

  constructor(tenant: string, database: string, here: string) {
    super(`Tenant ${tenant} lives in ${database}, and this work was for ${here}.`);
  }
}
