/** What a projection cannot take is parked: it holds back its own stream there, and nothing else. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { deployment } from './support/deployment.ts';
import { faults } from './support/faults.ts';
import { env, keptMessages, rowsOf, send, useKeptQueue } from './support/harness.ts';
import { appWith, createWorks, works } from './support/works.ts';

useKeptQueue();
beforeAll(() => createWorks(1));

const buggy = deployment(appWith(works(1)));
const mended = deployment(appWith(works(1, 'mended')));

beforeEach(async () => {
  await rowsOf("DELETE FROM dead_letter WHERE stream LIKE 'other/%'");
});

async function work(id: string, ...notes: readonly string[]): Promise<string[]> {
  for (const note of notes) await send(`troublesome/${id}`, 'Work', { note });
  return keptMessages();
}

function letterOf(id: string, version: number): string {
  return `/v1/dead-letters/${encodeURIComponent(`works@1/troublesome/${id}@${version}`)}`;
}

async function notesOf(id: string): Promise<unknown> {
  const [row] = await rowsOf('SELECT notes, last FROM works_v1 WHERE id = ?', id);
  return row;
}

async function checkpointsOf(id: string): Promise<unknown[]> {
  return rowsOf(
    'SELECT projection, version FROM checkpoint WHERE stream = ? ORDER BY projection',
    `troublesome/${id}`,
  );
}

describe('K1 an event that a handler cannot take is parked', () => {
  test('with its error, its stack, the event and its newest form', async () => {
    const messages = await work('thrown', 'fine', 'poison', 'after');
    expect(await buggy.deliver(messages)).toBe(0);
    const { status, body } = await buggy.get(letterOf('thrown', 2));
    expect(status).toBe(200);
    expect(body).toMatchObject({
      generation: 'works@1',
      stream: 'troublesome/thrown',
      version: 2,
      type: 'Worked',
      status: 'parked',
      attempts: 1,
      error: 'Error: cannot take poison',
      stack: expect.stringContaining('works.ts'),
      event: { data: { note: 'poison' }, version: 2 },
      upcast: { data: { note: 'poison' } },
    });
    expect(faults.log).toContainEqual(
      expect.objectContaining({ operation: 'park', generation: 'works@1', version: 2 }),
    );
  });

  test('so is one whose row D1 refuses; only its projection is held back', async () => {
    expect(await buggy.deliver(await work('refused', 'fine', 'double', 'after'))).toBe(0);
    expect(await checkpointsOf('refused')).toEqual([
      { projection: '', version: 3 },
      { projection: 'works@1', version: 1 },
    ]);
    const { body } = await buggy.get(letterOf('refused', 2));
    expect(body.error).toContain('UNIQUE constraint failed: works_v1');
  });

  test('events before it are applied, later ones wait, the journal and other streams continue', async () => {
    const messages = [
      ...(await work('held', 'a', 'poison', 'c')),
      ...(await work('free', 'x', 'y')),
    ];
    expect(await buggy.deliver(messages)).toBe(0);
    expect(await notesOf('held')).toEqual({ notes: 1, last: 'a' });
    expect(await notesOf('free')).toEqual({ notes: 2, last: 'y' });
    expect(await buggy.deliver(await work('held', 'd'))).toBe(0);
    expect(await notesOf('held')).toEqual({ notes: 1, last: 'a' });
    expect(await rowsOf("SELECT 1 FROM journal WHERE stream = 'troublesome/held'")).toHaveLength(4);
  });

  test('a query that needs it fails as parked; other queries succeed', async () => {
    await buggy.deliver(await work('asked', 'a', 'poison'));
    const token = (version: number) => ({ 'consistent-with': `troublesome/asked@${version}` });
    expect(await buggy.get('/v1/queries/works/asked', token(2))).toMatchObject({
      status: 409,
      body: { type: '/problems/parked', stream: 'troublesome/asked', projection: 'works' },
    });
    expect((await buggy.get('/v1/queries/works/asked', token(1))).status).toBe(200);
    expect((await buggy.get('/v1/queries/works/asked')).status).toBe(200);
    expect((await buggy.get('/v1/queries/orders', token(2))).status).toBe(200);
  });
});

describe('K2 a redrive', () => {
  test('before the fix parks it again, with one more attempt', async () => {
    await buggy.deliver(await work('again', 'a', 'poison'));
    const { body } = await buggy.post(`${letterOf('again', 2)}/redrive`);
    expect(body).toMatchObject({ status: 'parked', attempts: 2 });
    expect(await notesOf('again')).toEqual({ notes: 1, last: 'a' });
  });

  test('after the fix applies it and all that waited, in order, and the stream lags no more', async () => {
    await buggy.deliver(await work('fixed', 'a', 'poison', 'b', 'poison', 'c'));
    const { status, body } = await mended.post(`${letterOf('fixed', 2)}/redrive`);
    expect([status, body.status]).toEqual([200, 'redriven']);
    expect(await notesOf('fixed')).toEqual({ notes: 5, last: 'c' });
    expect(await checkpointsOf('fixed')).toEqual([{ projection: '', version: 5 }]);
    await mended.deliver(await work('fixed', 'd'));
    expect(await notesOf('fixed')).toEqual({ notes: 6, last: 'd' });
  });

  test('of a redriven or unknown one is refused', async () => {
    await buggy.deliver(await work('twice', 'poison'));
    expect((await mended.post(`${letterOf('twice', 1)}/redrive`)).status).toBe(200);
    expect(await mended.post(`${letterOf('twice', 1)}/redrive`)).toMatchObject({
      status: 409,
      body: { type: '/problems/wrong-state' },
    });
    expect((await mended.post(`${letterOf('never', 1)}/redrive`)).status).toBe(404);
    expect(await notesOf('twice')).toEqual({ notes: 1, last: 'poison' });
  });

  test('by filter, and together with live events, takes each event once', async () => {
    const ids = Array.from({ length: 5 }, (_, index) => `many-${index}`);
    for (const id of ids) await buggy.deliver(await work(id, 'a', 'poison', 'b'));
    const live = (await Promise.all(ids.map((id) => work(id, 'c')))).flat();
    const [answer] = await Promise.all([
      mended.post('/v1/redrive', { projection: 'works', type: 'Worked' }),
      mended.deliver(live),
      mended.post('/v1/redrive', { stream: 'troublesome/many-3' }),
    ]);
    expect(answer.status).toBe(200);
    await mended.post('/v1/sweep');
    await mended.deliver(live);
    for (const id of ids) {
      expect(await notesOf(id)).toEqual({ notes: 4, last: 'c' });
      expect(await checkpointsOf(id)).toEqual([{ projection: '', version: 4 }]);
    }
  });

  test('is overtaken by a consumer that moved the stream meanwhile', async () => {
    await buggy.deliver(await work('raced', 'a', 'poison', 'b'));
    const later = await work('raced', 'c');
    let redriving = false;
    faults.beforeBatch = async () => {
      if (redriving) return;
      redriving = true;
      await mended.post(`${letterOf('raced', 2)}/redrive`);
    };
    await mended.deliver(later);
    faults.beforeBatch = () => undefined;
    expect(await notesOf('raced')).toEqual({ notes: 4, last: 'c' });
    expect(await checkpointsOf('raced')).toEqual([{ projection: '', version: 4 }]);
  });

  test('that was cut short is finished by the sweep', async () => {
    await buggy.deliver(await work('cut', 'a', 'poison', 'b'));
    await rowsOf("UPDATE dead_letter SET status = 'redriving' WHERE stream = 'troublesome/cut'");
    await mended.post('/v1/sweep');
    expect(await notesOf('cut')).toEqual({ notes: 3, last: 'b' });
    expect((await mended.get(letterOf('cut', 2))).body.status).toBe('redriven');
  });
});

describe('K3 a discard', () => {
  test('skips the event for that projection, and records the operator and the reason', async () => {
    await buggy.deliver(await work('skipped', 'a', 'poison', 'b'));
    const reason = { reason: 'entered by mistake' };
    const { body } = await buggy.post(`${letterOf('skipped', 2)}/discard`, reason);
    expect(body).toMatchObject({ status: 'discarded', actor: 'local-developer', ...reason });
    expect(await notesOf('skipped')).toEqual({ notes: 2, last: 'b' });
    expect(await checkpointsOf('skipped')).toEqual([{ projection: '', version: 3 }]);
  });

  test('needs a reason, and something that is parked', async () => {
    await buggy.deliver(await work('kept', 'a', 'poison'));
    expect((await buggy.post(`${letterOf('kept', 2)}/discard`)).status).toBe(400);
    expect((await buggy.post(`${letterOf('kept', 2)}/discard`, { reason: 'x' })).status).toBe(200);
    expect((await buggy.post(`${letterOf('kept', 2)}/discard`, { reason: 'x' })).status).toBe(409);
  });
});

describe('K4 the list', () => {
  test('is filtered and paged', async () => {
    for (const id of ['list-1', 'list-2', 'list-3']) await buggy.deliver(await work(id, 'poison'));
    const found: unknown[] = [];
    let path = '/v1/dead-letters?projection=works&aggregate=troublesome&status=parked&limit=2';
    for (let next: string | undefined = path; next !== undefined; ) {
      const { body } = await buggy.get(next);
      found.push(...(body.deadLetters as { stream: string }[]).map(({ stream }) => stream));
      next = typeof body.cursor === 'string' ? `${path}&cursor=${body.cursor}` : undefined;
    }
    const listed = found.filter((stream) => String(stream).startsWith('troublesome/list-'));
    expect(listed).toEqual(['troublesome/list-1', 'troublesome/list-2', 'troublesome/list-3']);
    path = '/v1/dead-letters?stream=troublesome/list-2';
    expect((await buggy.get(path)).body.deadLetters).toHaveLength(1);
    expect((await buggy.get('/v1/dead-letters?projection=work')).body.deadLetters).toEqual([]);
    expect((await buggy.get('/v1/dead-letters?type=Nothing')).body.deadLetters).toEqual([]);
    const error = encodeURIComponent('Error: cannot take poison');
    expect((await buggy.get(`${path}&error=${error}`)).body.deadLetters).toHaveLength(1);
    expect((await buggy.get(`${path}&error=Error`)).body.deadLetters).toEqual([]);
  });

  test.each(['?limit=0', '?limit=-1', '?status=lost', '?cursor=x', '?nothing=1'])(
    'refuses %s',
    async (query) => {
      expect((await buggy.get(`/v1/dead-letters${query}`)).status).toBe(400);
    },
  );
});

describe('K5 a message that the queue gave up on is a dead letter too', () => {
  test('and goes away once its stream has arrived', async () => {
    const [message = ''] = await work('given-up', 'a');
    expect(await buggy.deliver([message], 'events-dead')).toBe(0);
    const path = `/v1/dead-letters/${encodeURIComponent('/troublesome/given-up@1')}`;
    expect((await buggy.get(path)).body).toMatchObject({ status: 'parked', generation: '' });
    expect((await buggy.post(`${path}/redrive`)).body.status).toBe('redriven');
    expect(await notesOf('given-up')).toEqual({ notes: 1, last: 'a' });
  });

  test('and discarding it leaves no event out: the journal never does', async () => {
    const messages = await work('not-skipped', 'a', 'b');
    await buggy.deliver(messages.slice(0, 1));
    await buggy.deliver(messages.slice(1), 'events-dead');
    const path = `/v1/dead-letters/${encodeURIComponent('/troublesome/not-skipped@2')}`;
    expect((await buggy.post(`${path}/discard`, { reason: 'seen' })).status).toBe(200);
    expect(await checkpointsOf('not-skipped')).toEqual([{ projection: '', version: 1 }]);
    await buggy.deliver(messages);
    expect(await notesOf('not-skipped')).toEqual({ notes: 2, last: 'b' });
  });

  test('H48 a message of a foreign shape is recorded without the tenant that it names, and logged without its content', async () => {
    const foreign = ['junk', '{"tenant":"main","stream":"order/o-1"}', '[]', 'null'];
    expect(await buggy.deliver(foreign, 'events-dead')).toBe(0);
    const { results } = await env.DB.prepare("SELECT * FROM dead_letter WHERE stream = ''").all();
    expect(results.map(({ tenant, status }) => [tenant, status])).toEqual(
      foreign.map(() => ['ledge', 'discarded']),
    );
    expect(results.map(({ event }) => event)).toContain('"junk"');
    const { body } = await buggy.get('/v1/dead-letters?limit=1000');
    const listed = (body.deadLetters as { stream: string }[]).map(({ stream }) => stream);
    expect(listed).not.toContain('');
    const lines = faults.log.filter(({ isForeign }) => isForeign === true);
    expect(lines).toHaveLength(foreign.length);
    expect(JSON.stringify(lines)).not.toContain('o-1');
  });

  test('and is tried again while D1 cannot take it', async () => {
    const broken = deployment(appWith(works(1)));
    const gone = { ...broken.env, DB: env.MIGRATIONS as unknown as D1Database };
    const messages = await work('unrecorded', 'a');
    let retried = 0;
    await broken.worker.queue(
      {
        queue: 'events-dead',
        messages: messages.map((body) => ({
          id: 'm',
          body,
          attempts: 1,
          ack: () => undefined,
          retry: () => retried++,
        })),
      } as unknown as MessageBatch<unknown>,
      gone,
    );
    expect(retried).toBe(1);
    expect(faults.log).toContainEqual(expect.objectContaining({ operation: 'consume-dead' }));
  });
});

test('K6 an event of a newer deployment is waited for, then parked', async () => {
  const [message = ''] = await work('newer', 'a');
  const newer = [message.replace('"Worked"', '"Invented"')];
  expect(await buggy.deliver(newer)).toBe(1);
  expect(await checkpointsOf('newer')).toEqual([]);
  faults.clockSkewMs = 16 * 60_000;
  expect(await buggy.deliver(newer)).toBe(0);
  const { body } = await buggy.get(letterOf('newer', 1));
  expect(body).toMatchObject({ status: 'parked', unreadable: expect.stringContaining('Invented') });
});

test('K7 a projection that parks on stream after stream is paused as a whole', async () => {
  const messages: string[] = [];
  for (let index = 0; index < 101; index++)
    messages.push(...(await work(`all-${index}`, 'poison')));
  await buggy.deliver(messages);
  const { body } = await buggy.get('/v1/projections/works');
  expect(body).toMatchObject({
    state: 'paused',
    generations: [{ reason: expect.stringMatching(/parked on \d{3} streams/) }],
  });
  const before = await rowsOf('SELECT 1 FROM dead_letter');
  await buggy.deliver(await work('all-later', 'poison'));
  expect(await rowsOf('SELECT 1 FROM dead_letter')).toHaveLength(before.length);

  await mended.post('/v1/projections/works/resume');
  await mended.buildAll('works');
  await mended.post('/v1/redrive', { projection: 'works' });
  expect((await mended.get('/v1/projections/works')).body).toMatchObject({
    state: 'live',
    parked: 0,
  });
  for (const id of ['all-0', 'all-100', 'all-later']) {
    expect(await notesOf(id)).toEqual({ notes: 1, last: 'poison' });
  }
});
