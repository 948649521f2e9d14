/** Events of another system: stored as they are, once, in order, and only before anything was decided here. */
import { beforeAll, describe, expect, test } from 'vitest';
import { defineApp } from '../../core/app.ts';
import { isSealed } from '../../core/sealed/sealed.ts';
import { billOf } from './support/bill.ts';
import { deployment } from './support/deployment.ts';
import { wholeApp } from './support/entry.ts';
import { naming, titles, titling } from './support/evolving.ts';
import { faults } from './support/faults.ts';
import { GUESTS_TABLE } from './support/guests.ts';
import { aggregateOf, env, evict, keptMessages, rowsOf, useKeptQueue } from './support/harness.ts';
import { expectDescribed, expectNothingStored, type Kind } from './support/hostile.ts';
import { isolate, issued, posting } from './support/keyed-shop.ts';

useKeptQueue();

const {
  worker,
  deliver: deliverTo,
  post,
  get,
  buildAll,
} = deployment(
  defineApp({
    ...wholeApp,
    projections: [titles()],
    reactors: [naming('now'), naming('beginning')],
    sagas: [titling],
  }),
);

const LONG_AGO = '2019-03-04T05:06:07.000Z';

interface Line {
  readonly aggregateId: string;
  readonly version: number;
  readonly [field: string]: unknown;
}

/** The title is of the newest schema version; an event of the first has a name. */
function titled(aggregateId: string, version: number, more: object = {}): Line {
  const data = { title: `title ${version}` };
  return { ...event('evolving', 'Named', aggregateId, version, data), ...more };
}

function event(
  aggregate: string,
  type: string,
  aggregateId: string,
  version: number,
  data: object,
) {
  return { aggregate, aggregateId, version, type, data, occurredAt: LONG_AGO };
}

// biome-ignore lint/suspicious/noExplicitAny: each test knows the answers that it asked for.
async function imported(...lines: readonly unknown[]): Promise<any[]> {
  const body = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  const request = new Request('http://ledge.test/v1/import/events', {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson', 'ledge-reason': 'moving in' },
    body,
  });
  const response = await worker.fetch(request, env);
  expect(response.status).toBe(200);
  return (await response.text())
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text));
}

async function streamOf(stream: string) {
  const { body } = await get(`/v1/streams/${stream}`);
  return body.events as Record<string, unknown>[];
}

beforeAll(async () => {
  await rowsOf(`CREATE TABLE titles_v1 (tenant TEXT NOT NULL, id TEXT NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY (tenant, id)) WITHOUT ROWID`);
  await rowsOf(GUESTS_TABLE);
});

const ACCEPTED = { status: 200, outcome: 'accepted', events: [], eventsOmitted: 1 };

describe('IE1 an imported event', () => {
  test('is stored once, at its version, with its time and its source, warm and cold', async () => {
    const id = 'once';
    const metadata = { actor: 'user:ann', causationId: 'c-1', correlationId: 'r-1' };
    const lines = [
      titled(id, 1, { sourceId: '7f3a', metadata }),
      titled(id, 2),
      titled(id, 3, { occurredAt: '2020-01-01T01:00:00+01:00' }),
    ];
    expect(await imported(lines[0])).toMatchObject([{ ...ACCEPTED, version: 1 }]);
    await evict(`evolving/${id}`);
    expect(await imported(...lines)).toMatchObject([
      { ...ACCEPTED, version: 1, replayed: true },
      { ...ACCEPTED, version: 2 },
      { ...ACCEPTED, version: 3, token: `evolving/${id}@3` },
    ]);
    const before = await streamOf(`evolving/${id}`);
    expect(before).toMatchObject([
      {
        ...{ version: 1, occurredAt: LONG_AGO, data: { title: 'title 1' }, schemaVersion: 2 },
        metadata: { ...metadata, commandId: 'import/1', imported: true, sourceId: '7f3a' },
      },
      {
        version: 2,
        metadata: {
          actor: 'local-developer',
          correlationId: `import/evolving/${id}`,
          imported: true,
        },
      },
      { version: 3, occurredAt: '2020-01-01T00:00:00.000Z' },
    ]);
    for (const isCold of [false, true]) {
      if (isCold) await evict(`evolving/${id}`);
      for (const outcome of await imported(...lines)) expect(outcome.replayed).toBe(true);
      expect(await streamOf(`evolving/${id}`)).toEqual(before);
    }
    const { body } = await get(`/v1/aggregates/evolving/${id}`);
    expect(body).toMatchObject({ version: 3, state: { named: [1, 2, 3].map(titleOf) } });
  });

  test('is stored once, however many imports run at a time', async () => {
    const lines = Array.from({ length: 20 }, (_, index) => titled('race', index + 1));
    await Promise.all(Array.from({ length: 4 }, () => imported(...lines)));
    const stored = await streamOf('evolving/race');
    expect(stored.map(({ version }) => version)).toEqual(lines.map(({ version }) => version));
  });

  test('of an older schema version is kept as it is, and lifted wherever it is read', async () => {
    const old = { schemaVersion: 1, data: { name: 'old' } };
    expect(await imported(titled('old', 1, old), titled('old', 2))).toMatchObject([
      { version: 1 },
      { version: 2 },
    ]);
    const { body } = await get('/v1/aggregates/evolving/old');
    expect(body).toMatchObject({ state: { named: [{ title: 'old' }, titleOf(2)] } });
    const [stored] = await aggregateOf('evolving/old').events({ after: 0, limit: 1 });
    expect(stored).toMatchObject({ schemaVersion: 1, data: { name: 'old' } });
  });
});

function titleOf(version: number) {
  return { title: `title ${version}` };
}

describe('IE2 an event is refused', () => {
  test.each<[string, Line, Kind, object]>([
    ['behind a gap', titled('gap', 2), 'conflict', { expected: 1, actual: 0 }],
    ['of another data at a known version', titled('taken', 1), 'key-reused', { status: 422 }],
    ['of an unknown aggregate', titled('x', 1, { aggregate: '__proto__' }), 'unknown', {}],
    ['of an aggregate of Ledge', titled('x', 1, { aggregate: 'ledge.tenant' }), 'unknown', {}],
    ['of a saga', titled('x', 1, { aggregate: 'titling' }), 'unknown', {}],
    ['of an unknown type', titled('x', 1, { type: 'constructor' }), 'unknown', {}],
    [
      'of an unknown schema version',
      titled('x', 1, { schemaVersion: 3 }),
      'invalid',
      at('/schemaVersion'),
    ],
    [
      'that its schema refuses',
      titled('x', 1, { data: { title: 7 } }),
      'invalid',
      at('/data/title'),
    ],
    [
      'of the shape of another version',
      titled('x', 1, { schemaVersion: 1, data: { name: 7 } }),
      'invalid',
      at('/data/name'),
    ],
    ['without a time', titled('x', 1, { occurredAt: undefined }), 'invalid', at('/occurredAt')],
    ['without a version', titled('x', 1, { version: undefined }), 'invalid', at('/version')],
    ['with an odd id', titled('x/y', 1), 'invalid', {}],
    [
      'with metadata that is not known',
      titled('x', 1, { metadata: { ip: '::1' } }),
      'invalid',
      at('/metadata/ip'),
    ],
    [
      'that is too large',
      event('troublesome', 'Worked', 'large', 1, { note: 'x'.repeat(262_145) }),
      'too-large',
      { status: 413 },
    ],
  ])('%s', async (what, line, kind, more) => {
    await imported(titled('taken', 1, { data: { title: 'other' } }));
    const own = titled(`beside ${what}`.replaceAll(' ', '-'), 1);
    const [answer, beside] = await imported(line, own);
    expect(answer).toMatchObject({ outcome: kind, ...more });
    expectDescribed(answer, kind);
    expect(beside).toMatchObject(ACCEPTED);
    await expectNothingStored('evolving/x');
    await expectNothingStored('evolving/gap');
  });

  test('that the state cannot be folded with, and nothing of it is stored', async () => {
    const work = (version: number) => event('troublesome', 'Worked', 'fold', version, { note: '' });
    const broken = event('troublesome', 'Broken', 'fold', 2, {});
    const answers = await imported(work(1), broken, work(3));
    expect(answers).toMatchObject([
      ACCEPTED,
      { outcome: 'invalid', detail: expect.stringContaining('evolve of Broken throws') },
      { outcome: 'conflict', expected: 2, actual: 1 },
    ]);
    expect(JSON.stringify(answers)).not.toContain('secret');
    expect(faults.log).toContainEqual(expect.objectContaining({ command: 'Broken' }));
    expect(await imported(work(2))).toMatchObject([{ ...ACCEPTED, version: 2 }]);
    expect((await get('/v1/aggregates/troublesome/fold')).body).toMatchObject({
      state: { worked: 2 },
    });
  });

  test('in a stream that has taken a command; a repeat is still one', async () => {
    const lines = [titled('lived-in', 1), titled('lived-in', 2)];
    await imported(...lines);
    expect(await post('/v1/commands/evolving/lived-in/Name', { title: 'own' })).toMatchObject({
      status: 200,
    });
    const answers = await imported(...lines, titled('lived-in', 3), titled('lived-in', 4));
    expect(answers).toMatchObject([
      { replayed: true },
      { replayed: true },
      { outcome: 'wrong-state', detail: expect.stringContaining('event 3 is not imported') },
      { outcome: 'wrong-state' },
    ]);
    expectDescribed(answers[3], 'wrong-state');
    await post('/v1/commands/evolving/never-empty/Name', { title: 'own' });
    expect(await imported(titled('never-empty', 1))).toMatchObject([{ outcome: 'wrong-state' }]);
    expect(await streamOf('evolving/lived-in')).toHaveLength(3);
  });
});

test('IE3 personal data is sealed before it is stored, and a repeat is known by it', async () => {
  const line = (name: string) =>
    event('guest', 'GuestRegistered', 'ann', 1, { person: 'ann', name, note: 'sober' });
  expect(await imported(line('Ann Canary'))).toMatchObject([ACCEPTED]);
  const [stored] = await aggregateOf('guest/ann').events({ after: 0, limit: 1 });
  const { name } = Object(stored?.data);
  expect(isSealed(name)).toBe(true);
  expect(JSON.stringify([stored, keptMessages(), faults.log])).not.toContain('Canary');
  expect(await imported(line('Ann Canary'))).toMatchObject([{ replayed: true }]);
  expect(await imported(line('Bob'))).toMatchObject([{ outcome: 'key-reused' }]);
  expect(await imported(line(name))).toMatchObject([{ outcome: 'key-reused' }]);
  expect(await streamOf('guest/ann')).toMatchObject([{ data: { name: 'Ann Canary' } }]);
  expect(await post('/v1/subjects/ann/forget', { reason: 'asked' })).toMatchObject({ status: 200 });
  const later = event('guest', 'GuestGreeted', 'ann', 2, { person: 'ann', name: 'Ann' });
  expect(await imported(later)).toMatchObject([{ outcome: 'subject-forgotten', status: 409 }]);
});

describe('IE4 imported history', () => {
  async function settled() {
    for (let all = keptMessages(); all.length > 0; all = keptMessages()) {
      expect(await deliverTo(all)).toBe(0);
    }
  }

  test('reaches read models and the feed, and no reactor or saga acts on it', async () => {
    const worked = event('troublesome', 'Worked', 'silent', 1, { note: 'starts the saga' });
    await imported(titled('silent', 1), titled('silent', 2), worked);
    await settled();
    await buildAll('naming-beginning');
    const { body } = await get('/v1/queries/titles/silent');
    expect(JSON.parse(String(body.data))).toEqual(titleOf(2));
    const feed = await get('/v1/events?stream=evolving/silent');
    expect(feed.body).toMatchObject({ events: [{ metadata: { imported: true } }, { version: 2 }] });
    for (const stream of ['keeper/now-silent', 'keeper/beginning-silent', 'titling/silent']) {
      expect(await aggregateOf(stream).headVersion()).toBe(0);
    }
  });

  test('is no hindrance: they act on the next command', async () => {
    await imported(titled('resumed', 1));
    await post('/v1/commands/evolving/resumed/Name', { title: 'own' });
    await settled();
    expect(await streamOf('keeper/now-resumed')).toMatchObject([
      { data: { value: { title: 'own' } } },
    ]);
  });

  test('sets no timer', async () => {
    await imported(
      event('guest', 'GuestRegistered', 'untimed', 1, { person: 'untimed', name: 'A' }),
    );
    expect((await get('/v1/timers/guest/untimed')).body).toMatchObject({ timers: [] });
  });
});

test('IE5 an operator imports, of its own tenant, and each request is in the audit trail', async () => {
  const line = { ...event('order', 'OrderConfirmed', 'mine', 1, {}) };
  const ask = isolate();
  const statuses = await Promise.all(
    [[], ['operator']].map(async (roles) => {
      const { key } = await issued({ roles });
      const response = await ask(key, '/v1/import/events', posting([line]));
      return [response.status, await response.text()] as const;
    }),
  );
  expect(statuses.map(([status]) => status)).toEqual([403, 200]);
  expect(statuses[1]?.[1]).toContain('"accepted"');
  await imported(titled('audited', 1));
  const { body } = await get('/v1/audit');
  expect(body.entries).toContainEqual(
    expect.objectContaining({
      type: 'OperationRequested',
      operation: 'POST /v1/import/events',
      reason: 'moving in',
    }),
  );
});

test('IE6 an event costs two rows of its object, and a repeat none', async () => {
  await imported(titled('billed', 1));
  const bill = await billOf('evolving/billed');
  const lines = Array.from({ length: 100 }, (_, index) => titled('billed', index + 2));
  await imported(...lines);
  expect(bill.read().rowsWritten).toBe(200);
  bill.reset();
  await imported(...lines);
  expect(bill.read().rowsWritten).toBe(0);
});

function at(place: string) {
  return { errors: [expect.objectContaining({ at: place })] };
}
