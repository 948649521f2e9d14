/** An app that other systems send to: signed by Standard Webhooks, by an HMAC, or with a credential. */
import * as z from 'zod';
import { defineAccess } from '../../../core/access/define-access.ts';
import { defineApp } from '../../../core/app.ts';
import { defineInbound } from '../../../core/inbound/define-inbound.ts';
import { ignore } from '../../../core/inbound/inbound.ts';
import { plainCommand } from '../../../core/inbound/plain-command.ts';
import { credential, hmac, standardWebhook } from '../../../core/inbound/verification.ts';
import { command } from '../../../core/process/reactor.ts';
import { testApp } from './entry.ts';
import { guest } from './guests.ts';
import { troublesome } from './troublesome.ts';

// #region carrier
const delivered = z.object({ id: z.string(), parcel: z.string(), status: z.string() });

/** By the status of its message: commands, nothing, or a failure. */
function carrier(mended: boolean) {
  return defineInbound({
    name: 'carrier',
    verify: standardWebhook('CARRIER_SECRET'),
    tenant: 'main',
    input: delivered,
    key: ({ id }) => {
      if (id === 'keyless' && !mended) throw new Error('no key');
      return id;
    },
    on: ({ parcel, status }) => {
      const work = command(troublesome, parcel, 'Work', { note: status });
      switch (status) {
        case 'delivered':
          return work;
        case 'twice':
          return [work, work];
        case 'rejected':
          return command(troublesome, parcel, 'Reject', {});
        case 'unmapped':
          if (!mended) throw new Error('not this one');
          return work;
        case 'half':
          return [work, command(troublesome, mended ? parcel : 'no id!', 'Work', {})];
        case 'broken':
          return mended ? work : command(troublesome, parcel, 'Throw', {});
        default:
          return ignore('not ours');
      }
    },
  });
}
// #endregion

const meter = defineInbound({
  name: 'meter',
  verify: hmac({
    ...{ header: 'x-signature', algorithm: 'SHA-256', secret: 'METER_SECRET' },
    ...{ encoding: 'hex', prefix: 'sha256=' },
  }),
  tenant: 'main',
  input: delivered,
  key: ({ id }) => id,
  on: ({ parcel, status }) => command(troublesome, parcel, 'Work', { note: status }),
});

/** Takes plain JSON and CloudEvents alike. */
const partner = defineInbound({
  name: 'partner',
  verify: credential(),
  input: z.union([z.object({ id: z.string(), data: delivered }), delivered]),
  key: ({ id }) => id,
  on: (message) => {
    const { parcel, status } = 'data' in message ? message.data : message;
    return command(troublesome, parcel, 'Work', { note: status });
  },
});

export function inboundApp(mended = false) {
  return defineApp({ ...testApp, inbound: [carrier(mended), meter, partner] });
}

export const inboundAccess = defineAccess(inboundApp(), {
  claims: z.object({}),
  roles: { partner: { inbound: ['partner'] }, stranger: { commands: 'all' } },
});

const registered = z.object({ id: z.string(), name: z.string(), city: z.string() });

/** Its commands have personal data. */
function reception(mended: boolean) {
  return defineInbound({
    name: 'reception',
    verify: credential(),
    input: registered,
    key: ({ id }) => id,
    on: ({ id, name, city }) => {
      if (city === 'unmapped' && !mended) throw new Error(`${name} of ${city} cannot be mapped`);
      return plainCommand(guest, id, 'RegisterGuest', { person: id, name });
    },
  });
}

export function receptionApp(mended = false) {
  return defineApp({
    ...testApp,
    aggregates: [...testApp.aggregates, guest],
    inbound: [reception(mended)],
  });
}
