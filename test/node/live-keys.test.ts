/** How often the keys of a Live object's sockets are read, with a clock of its own. */
import { describe, expect, test } from 'vitest';
import type { KeyReference, KeyValidity } from '../../core/access/key-reference.ts';
import type { TenantValidity } from '../../core/access/tenant-validity.ts';
import { KeyChecks } from '../../durable-objects/live/key-checks.ts';
import { OutgoingFrames } from '../../durable-objects/live/outgoing-frames.ts';
import { TenantCheck } from '../../durable-objects/live/tenant-check.ts';

const VALID: KeyValidity = { endsAtMs: Number.POSITIVE_INFINITY, isRevoked: false };
const OPEN: TenantValidity = { isClosed: false, blocked: [] };
const SHOP: KeyReference = { keyId: 'shop', secretHash: '1' };

function world(
  answer: (key: KeyReference) => Promise<KeyValidity> = async () => VALID,
  tenantNow: () => TenantValidity = () => OPEN,
) {
  const clock = { nowMs: 1_000_000 };
  const reads: string[] = [];
  const tenantReads: number[] = [];
  const keys = new KeyChecks({
    nowMs: () => clock.nowMs,
    read: (key) => {
      reads.push(key.keyId);
      return answer(key);
    },
  });
  const tenant = new TenantCheck({
    nowMs: () => clock.nowMs,
    read: async () => {
      tenantReads.push(clock.nowMs);
      return tenantNow();
    },
  });
  const works: Promise<unknown>[] = [];
  const socketOf = (
    key: KeyReference | null,
    untilMs: number | null = null,
    endsAtMs: number | null = null,
  ) => {
    const [sent, closes]: [string[], number[]] = [[], []];
    const read = key && { ...key, readAtMs: clock.nowMs, endsAtMs };
    const caller = { actor: 'ann', roles: [], claims: {}, untilMs, key: read };
    if (read) keys.learn(read);
    const outgoing = new OutgoingFrames({
      nowMs: () => clock.nowMs,
      keys,
      tenant,
      caller: () => caller,
      transmit: (text) => sent.push(text),
      close: ({ code }) => {
        closes.push(code);
        outgoing.stop();
      },
      keep: (work) => works.push(work),
    });
    const send = (text: string) => outgoing.send(text, () => sent.push(`after ${text}`));
    return { sent, closes, send, check: () => outgoing.check() };
  };
  return { clock, keys, reads, tenantReads, socketOf, settled: () => Promise.all(works) };
}

describe('TK3 the key of a Live object’s sockets is read', () => {
  test('once in ten seconds for a thousand of them, and for each key of its own', async () => {
    const { clock, reads, tenantReads, socketOf, settled } = world();
    const sockets = Array.from({ length: 1_000 }, () => socketOf(SHOP));
    const other = socketOf({ ...SHOP, keyId: 'other' });
    for (const { send } of [...sockets, other]) send('1');
    await settled();
    expect({ reads, tenantReads }).toEqual({ reads: [], tenantReads: [1_000_000] });
    clock.nowMs += 10_000;
    for (const { send } of sockets) send('2');
    other.send('2');
    await settled();
    for (const { send } of sockets) send('3');
    expect(reads).toEqual(['shop', 'other']);
    expect(tenantReads).toEqual([1_000_000, 1_010_000]);
    for (const { sent } of sockets) {
      expect(sent).toEqual(['1', 'after 1', '2', 'after 2', '3', 'after 3']);
    }
  });

  test('never while nothing is sent, nor without a key', async () => {
    const { clock, reads, socketOf, settled } = world();
    socketOf(SHOP);
    const keyless = socketOf(null);
    clock.nowMs += 3_600_000;
    keyless.send('1');
    await settled();
    expect(keyless.sent).toEqual(['1', 'after 1']);
    expect(reads).toEqual([]);
  });

  test('TK21 and is not needed for the end that the Worker has read', async () => {
    const { clock, reads, socketOf, settled } = world();
    const earlier = socketOf(SHOP);
    clock.nowMs += 5_000;
    // Rotated meanwhile, with a grace period of four seconds; its ticket knew no end.
    const later = socketOf(SHOP, clock.nowMs + 3_600_000, clock.nowMs + 4_000);
    for (const { send } of [earlier, later]) send('1');
    // The tenant is read once.
    await settled();
    clock.nowMs += 4_000;
    for (const { send } of [earlier, later]) send('2');
    for (const { sent, closes } of [earlier, later]) {
      expect({ sent, closes }).toEqual({ sent: ['1', 'after 1'], closes: [4401] });
    }
    expect(reads).toEqual([]);
  });

  test('again where the clock went back', async () => {
    const { clock, reads, socketOf, settled } = world();
    const { send, sent } = socketOf(SHOP);
    clock.nowMs -= 60_000;
    send('1');
    await settled();
    expect({ reads, sent }).toEqual({ reads: ['shop'], sent: ['1', 'after 1'] });
  });
});

describe('TK4 until it is read, frames wait', () => {
  test('in their order, with those that follow', async () => {
    const answers = Promise.withResolvers<KeyValidity>();
    const { clock, reads, socketOf, settled } = world(() => answers.promise);
    const { send, sent } = socketOf(SHOP);
    clock.nowMs += 10_000;
    for (const text of ['1', '2', '3']) send(text);
    expect(sent).toEqual([]);
    answers.resolve(VALID);
    await settled();
    expect(sent).toEqual(['1', 'after 1', '2', 'after 2', '3', 'after 3']);
    expect(reads).toEqual(['shop']);
  });

  test.each([
    ['revoked', { endsAtMs: 0, isRevoked: true }, 4403],
    ['ended', { endsAtMs: 0, isRevoked: false }, 4401],
  ])('and are not sent where it is %s', async (_what, validity, code) => {
    const { clock, socketOf, settled } = world(async () => validity);
    const { send, sent, closes } = socketOf(SHOP);
    clock.nowMs += 10_000;
    send('1');
    send('2');
    await settled();
    send('3');
    expect({ sent, closes }).toEqual({ sent: [], closes: [code] });
  });

  test('and are not sent where it cannot be read; the next socket reads it again', async () => {
    let isAway = true;
    const { clock, reads, socketOf, settled } = world(async () => {
      if (isAway) throw new Error('Network connection lost.');
      return VALID;
    });
    const [lost, next] = [socketOf(SHOP), socketOf(SHOP)];
    clock.nowMs += 10_000;
    lost.send('1');
    await settled();
    expect({ sent: lost.sent, closes: lost.closes }).toEqual({ sent: [], closes: [1013] });
    isAway = false;
    next.send('1');
    await settled();
    expect(next.sent).toEqual(['1', 'after 1']);
    expect(reads).toEqual(['shop', 'shop']);
  });

  test('nor past the end of the socket that comes meanwhile', async () => {
    const answers = Promise.withResolvers<KeyValidity>();
    const { clock, socketOf, settled } = world(() => answers.promise);
    const { send, sent, closes } = socketOf(SHOP, clock.nowMs + 12_000);
    clock.nowMs += 10_000;
    send('1');
    clock.nowMs += 2_000;
    answers.resolve(VALID);
    await settled();
    expect({ sent, closes }).toEqual({ sent: [], closes: [4401] });
  });
});

describe('TK14 a dismissal', () => {
  test('reads the key again, also where an older read is under way, whose answer is then not kept', async () => {
    const answers = [Promise.withResolvers<KeyValidity>(), Promise.withResolvers<KeyValidity>()];
    const [before, after] = answers;
    const { clock, keys, reads, socketOf, settled } = world(
      () => answers[reads.length - 1]?.promise ?? Promise.reject(new Error('One read too many.')),
    );
    const { send, check, sent, closes } = socketOf(SHOP);
    clock.nowMs += 10_000;
    send('1');
    keys.forget(SHOP);
    check();
    expect(reads).toEqual(['shop', 'shop']);
    after?.resolve({ endsAtMs: 0, isRevoked: true });
    before?.resolve(VALID);
    await settled();
    expect({ sent, closes }).toEqual({ sent: [], closes: [4403] });
    expect(keys.recent(SHOP)).toMatchObject({ isRevoked: true });
  });

  test('closes nothing where the key is valid', async () => {
    const { keys, socketOf, settled } = world();
    const { check, closes } = socketOf(SHOP);
    keys.forget(SHOP);
    check();
    await settled();
    expect(closes).toEqual([]);
  });
});

describe('T14 before a frame the tenant was read at most ten seconds ago', () => {
  test.each([
    ['closed', { isClosed: true, blocked: [] }],
    ['without this principal', { isClosed: false, blocked: ['ann'] }],
  ])('and is not sent once it is %s', async (_what, after) => {
    let validity = OPEN;
    const { clock, socketOf, settled } = world(undefined, () => validity);
    const { send, sent, closes } = socketOf(null);
    send('1');
    await settled();
    validity = after;
    clock.nowMs += 9_999;
    send('2');
    clock.nowMs += 1;
    send('3');
    await settled();
    expect({ sent, closes }).toEqual({ sent: ['1', 'after 1', '2', 'after 2'], closes: [4403] });
  });
});
