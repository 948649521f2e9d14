/**
 * The administrator of a simulated deployment: issues, rotates and revokes API keys, blocks principals, suspends the
 * tenant, and writes that into the history.
 */
import { createHash } from 'node:crypto';
import { keyText } from '../../core/access/key-text.ts';
import { sealedPositions } from '../../worker/access/sealed-positions.ts';
import type { ClientCredential } from '../chaos/credential.ts';
import type { Grants } from '../checker/credential-lines.ts';
import type { Wanted } from '../checker/history.ts';
import type { Recorder } from '../checker/recorder.ts';
import type { World } from './process.ts';

/** Of the administrator whose hash is among the secrets. */
export const ADMIN_KEY = keyText(new Uint8Array(40).fill(7));

/** What a deployment is given by `ledge access init`. */
export const secrets = {
  LEDGE_SECRET: 'a secret of thirty-two characters',
  LEDGE_ADMIN: createHash('sha256').update(ADMIN_KEY).digest('hex'),
  LEDGE_PERSONAL_KEY: 'a personal key of thirty-two characters',
};

/** Of everything in a simulation, but for what several databases are for. */
const TENANT = 'main';

export type ParcelRole = 'holder' | 'supervisor';

/** One role over parcels, and the holder whose parcels it is about. */
export interface ParcelRights {
  readonly holder: string;
  readonly role: ParcelRole;
}

export interface IssuedCredential extends ClientCredential, ParcelRights {
  readonly id: string;
  /** Of this key alone, also after a rotation. */
  readonly principal: string;
}

export interface Administration {
  readonly url: string;
  readonly world: World;
  readonly recorder: Recorder;
  /** Whose keys it issues, and where it lives. Left out: `main`, where the service puts it. */
  readonly provisioned?: { readonly tenant: string; readonly database: string };
}

/** An answer may be lost: then it is done again. */
const AGAIN_AFTER_MS = 300;

export class Administrator {
  readonly #stage: Administration;
  #issued = 0;
  #principals = 0;

  constructor(stage: Administration) {
    this.#stage = stage;
  }

  get #tenant(): string {
    return this.#stage.provisioned?.tenant ?? TENANT;
  }

  /** `further`: roles beside that over parcels. */
  async issue(rights: ParcelRights, ...further: readonly string[]): Promise<IssuedCredential> {
    const { holder, role } = rights;
    const claims = role === 'holder' ? { holder } : {};
    const own = this.#stage.provisioned ? `${this.#tenant}-${holder}` : holder;
    const principal = `user:${own}-${++this.#principals}`;
    const input = { tenant: this.#tenant, principal, roles: [role, ...further], claims };
    return this.#handOut({ holder, role, principal }, 'keys', input);
  }

  /** Both secrets are valid for the grace period. */
  async rotate(credential: IssuedCredential, graceMs: number): Promise<IssuedCredential> {
    const rotated = await this.#handOut(credential, `keys/${credential.id}/rotate`, { graceMs });
    this.#record(withdrawal(credential, graceMs));
    return rotated;
  }

  async revoke(credential: IssuedCredential): Promise<void> {
    await this.#post(`keys/${credential.id}/revoke`, { reason: 'left in a log' });
    this.#record(withdrawal(credential, 0));
  }

  /** The principal of one credential alone. */
  async block(credential: IssuedCredential): Promise<void> {
    const { principal } = credential;
    await this.#post(`tenants/${this.#tenant}/block`, { principal, reason: 'left the company' });
    this.#record(withdrawal(credential, 0));
  }

  /** The directory has to know the tenant before it can be suspended. */
  async provision(): Promise<void> {
    await this.#post('tenants', this.#stage.provisioned ?? { tenant: TENANT });
  }

  async suspend(): Promise<void> {
    const mode = 'read-only';
    await this.#post(`tenants/${this.#tenant}/suspend`, { mode, reason: 'unpaid' });
    this.#record({ kind: 'suspend', mode });
  }

  /** From its beginning on, commands may be accepted. */
  async resume(): Promise<void> {
    this.#record({ kind: 'resume' });
    await this.#post(`tenants/${this.#tenant}/resume`, { reason: 'paid' });
  }

  async #handOut(
    { holder, role, principal }: Omit<IssuedCredential, 'id' | 'key' | 'name' | 'positions'>,
    path: string,
    input: object,
  ): Promise<IssuedCredential> {
    const { id, key } = await this.#post(path, input);
    const name = `${holder}-${role}-${++this.#issued}`;
    this.#record({ kind: 'issue', credential: name, ...grantsOf({ holder, role }) });
    const positions = sealedPositions([secrets.LEDGE_SECRET], this.#tenant);
    return { id: String(id), key: String(key), name, positions, holder, role, principal };
  }

  #record(wanted: Wanted): void {
    const { world, recorder } = this.#stage;
    world.timeline.note(`the administrator: ${JSON.stringify(wanted)}`);
    recorder.begin('administrator', wanted).ok({});
  }

  async #post(path: string, input: object): Promise<Record<string, unknown>> {
    const { url, world } = this.#stage;
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${ADMIN_KEY}` };
    const init = { method: 'POST', headers, body: JSON.stringify(input) };
    for (;;) {
      const answer = await fetch(`${url}/v1/${path}`, init).catch(() => undefined);
      if (answer?.ok) return Object(await answer.json());
      await world.timeline.sleep(AGAIN_AFTER_MS, 'the administrator tries again');
    }
  }
}

function withdrawal({ name: credential }: IssuedCredential, graceMs: number): Wanted {
  return { kind: 'withdraw', credential, graceMs };
}

/** What `access` grants, said a second time. */
function grantsOf({ holder, role }: ParcelRights): Grants {
  if (role === 'supervisor') {
    return {
      sees: { parcels: 'all', parcel: 'all' },
      sends: { parcel: 'all' },
      follows: ['parcel'],
    };
  }
  const own = { holder: [holder] };
  return { sees: { parcels: own, parcel: own }, sends: { parcel: own }, follows: [] };
}
