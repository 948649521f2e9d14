/** What a privacy officer is answered about a subject that asks for access: events, also of R2, and rows. */
import { createExecutionContext } from 'cloudflare:test';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { defineAccess } from '../../core/access/define-access.ts';
import { defineApp } from '../../core/app.ts';
import type { SubjectExportPage } from '../../core/operator-shapes/subject-export.ts';
import { sealedText } from '../../core/sealed/sealed.ts';
import { sealedPlaces } from '../../core/sealed/sealed-places.ts';
import { deployment } from './support/deployment.ts';
import { faults, faultyPlatform } from './support/faults.ts';
import { GUESTS_TABLE, guest, guests } from './support/guests.ts';
import { aggregateOf, env, keptMessages, rowsOf, useKeptQueue } from './support/harness.ts';
import { heldLedge } from './support/held-ledge.ts';
import { storePages } from './support/journal-pages.ts';
import { emptyJournal, seal, segments } from './support/sealed-journal.ts';

useKeptQueue();

const app = defineApp({ aggregates: [guest], projections: [guests] });
const house = deployment(app);

const access = defineAccess(app, {
  claims: z.object({}),
  roles: {
    host: { commands: 'all', personal: true },
    officer: { operate: ['privacy'], personal: true },
    /** Operates subjects, and is shown nothing of them. */
    clerk: { operate: ['privacy'] },
    watcher: { inspect: ['privacy'], personal: true },
  },
});

const worker = heldLedge(app, {
  ...faultyPlatform,
  access,
  authenticate: ({ headers }) => {
    const [role = '', tenant = 'main'] = (headers.get('authorization') ?? '').split('@');
    return { id: `user:${role}`, tenant, roles: [role] };
  },
});

interface Reply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: each test knows the answer that it asked for.
  readonly body: any;
}

async function post(role: string, path: string, body: object): Promise<Reply> {
  const headers = { authorization: role, 'content-type': 'application/json' };
  const init = { method: 'POST', headers, body: JSON.stringify(body) };
  const request = new Request(`https://house.example${path}`, init);
  const response = await worker.fetch(request, env, createExecutionContext());
  return { status: response.status, body: await response.json() };
}

const reason = 'She asked for it on 3 March.';
const address = { street: 'Canary-Street 7', city: 'B' };

function register(id: string, data: object): Promise<Reply> {
  return post('host', `/v1/commands/guest/${id}/RegisterGuest`, data);
}

async function deliver(): Promise<void> {
  for (let messages = keptMessages(); messages.length > 0; messages = keptMessages()) {
    expect(await house.deliver(messages)).toBe(0);
  }
}

/** One page; the first without a cursor. */
function page(subject: string, cursor?: string, role = 'officer'): Promise<Reply> {
  return post(role, `/v1/subjects/${subject}/export`, {
    reason,
    ...(cursor !== undefined && { cursor }),
  });
}

async function pages(subject: string): Promise<SubjectExportPage[]> {
  const found: SubjectExportPage[] = [];
  for (let cursor: string | undefined, isFirst = true; isFirst || cursor; isFirst = false) {
    const { status, body } = await page(subject, cursor);
    expect({ status, body }).toMatchObject({ status: 200 });
    found.push(body);
    ({ cursor } = body);
  }
  return found;
}

async function exported(subject: string) {
  const all = await pages(subject);
  return { events: all.flatMap(({ events }) => events), rows: all.flatMap(({ rows }) => rows) };
}

beforeAll(async () => {
  await rowsOf(GUESTS_TABLE);
});

let count = 0;
/** Objects stay from test to test: each has a subject and guests of its own. */
let ann = '';
const guestOf = (number: number) => `${ann}-${number}`;
beforeEach(async () => {
  ann = `ann${++count}`;
  await emptyJournal();
  await rowsOf('DELETE FROM guests_v1');
});

const ofAnn = () => ({
  events: [
    {
      ...{ stream: `guest/${guestOf(1)}`, version: 1, type: 'GuestRegistered' },
      personal: [
        { field: 'name', value: 'Ann', key: 1, state: 'opened' },
        { field: 'address', value: address, key: 1, state: 'opened' },
      ],
      beside: { person: ann, name: null, address: null, note: 'sober' },
    },
    {
      stream: `guest/${guestOf(1)}`,
      version: 2,
      type: 'GuestGreeted',
      personal: [{ value: 'Ann A.' }],
    },
  ],
  rows: [
    {
      list: 'guests',
      personal: [
        { field: 'name', value: 'Ann' },
        { field: 'address', value: address },
      ],
      beside: { guest: guestOf(1), person: ann, name: null, address: null },
    },
  ],
});

async function annAndOthers(): Promise<void> {
  await register(guestOf(1), { person: ann, name: 'Ann', address, note: 'sober' });
  await register(guestOf(2), { person: `${ann}-b`, name: 'Bea', note: `~1.${ann}. is no value` });
  await register(guestOf(3), { person: 'cleo', name: 'Cleo' });
  await deliver();
  await post('host', `/v1/commands/guest/${guestOf(1)}/GreetGuest`, {
    person: ann,
    name: 'Ann A.',
  });
  await deliver();
}

describe('PD30 the export of a subject', () => {
  test('has its events and rows, opened, with what is beside them, and nothing of another subject', async () => {
    await annAndOthers();
    expect(await exported(ann)).toMatchObject(ofAnn());
    const all = JSON.stringify(await pages(ann));
    expect(all).not.toMatch(/Bea|Cleo/);
    expect(all).not.toContain('~1.ann');
  });

  test('is the same where the journal is in R2', async () => {
    await annAndOthers();
    await register(guestOf(4), { person: 'cleo', name: 'Cleo' });
    await deliver();
    const before = await exported(ann);
    await seal(2);
    expect((await segments()).length).toBeGreaterThan(1);
    await rowsOf('DELETE FROM journal_page WHERE first <= (SELECT max(last) FROM journal_segment)');
    expect(await exported(ann)).toEqual(before);
  });

  test('is in the pages that a cursor leads through, each of a bounded size', async () => {
    await register(guestOf(1), { person: ann, name: 'Ann' });
    await deliver();
    const [row] = await rowsOf<{ data: string }>(
      "SELECT data FROM journal WHERE type = 'GuestRegistered'",
    );
    const data = JSON.parse(row?.data ?? '');
    const many = Array.from({ length: 501 }, (_, index) => ({
      ...{ stream: `guest/many-${index}`, type: 'GuestRegistered', data },
    }));
    await storePages(many);
    const found = await pages(ann);
    expect(found.map(({ events }) => events.length)).toEqual([500, 2, 0]);
    expect(found.at(-1)?.rows).toHaveLength(1);
  });

  test('goes on in a table without a row of the subject, a bounded part at a time', async () => {
    await register(guestOf(1), { person: ann, name: 'Ann' });
    await deliver();
    const [row] = await rowsOf<{ name: string }>('SELECT name FROM guests_v1');
    await rowsOf(
      `WITH RECURSIVE line(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM line WHERE n < 20500)
       INSERT INTO guests_v1 (tenant, guest, person, name)
       SELECT 'main', 'a-' || n, 'cleo', ?1 FROM line`,
      (row?.name ?? '').replace(`~1.${ann}.`, '~1.cleo.'),
    );
    let trips = 0;
    faults.beforeTrip = () => void trips++;
    const [first, second, third, ...more] = await pages(ann);
    expect([first?.rows, second?.rows, third?.rows.length, more]).toEqual([[], [], 1, []]);
    expect(second).toMatchObject({ cursor: expect.any(String) });
    // One of the journal, 20 of rows for a page, and one for the rest.
    expect(trips).toBe(22);
  });

  test('says which values a destroyed key had sealed', async () => {
    await register(guestOf(1), { person: ann, name: 'Ann' });
    await deliver();
    await post('officer', `/v1/subjects/${ann}/forget`, { reason });
    await deliver();
    const refused = await page(ann);
    expect(refused).toMatchObject({
      status: 409,
      body: { type: '/problems/wrong-state', detail: expect.stringContaining('was forgotten') },
    });
    expect(refused.body.detail).toMatch(/20\d\d-/);
    await post('officer', `/v1/subjects/${ann}/authorize`, { reason });
    faults.clockSkewMs += 61_000;
    await register(guestOf(2), { person: ann, name: 'Ann' });
    await deliver();
    const { events } = await exported(ann);
    expect(events.map(({ personal }) => personal)).toEqual([
      [{ field: 'name', value: null, key: 1, state: 'forgotten' }],
      [{ field: 'name', value: 'Ann', key: 2, state: 'opened' }],
    ]);
  });

  test('names a value that its key does not open', async () => {
    await register(guestOf(1), { person: ann, name: 'Ann' });
    await deliver();
    const forged = sealedText({ subject: ann, incarnation: 1, bytes: 'A'.repeat(60) });
    await storePages([{ stream: `guest/${guestOf(2)}`, data: { person: ann, name: forged } }]);
    const { events } = await exported(ann);
    expect(events[1]?.personal).toEqual([
      { field: 'name', value: null, key: 1, state: 'unreadable' },
    ]);
    expect(faults.log).toContainEqual(expect.objectContaining({ operation: 'open-personal' }));
  });

  test('needs the area privacy and the grant personal, and is of the own tenant', async () => {
    await annAndOthers();
    expect(await page(ann, undefined, 'clerk')).toMatchObject({
      status: 403,
      body: { needs: 'personal' },
    });
    for (const role of ['host', 'watcher']) {
      expect((await page(ann, undefined, role)).status).toBe(403);
    }
    expect((await page(ann, undefined, 'officer@other')).status).toBe(404);
    expect((await page('nobody')).status).toBe(404);
    expect((await page(ann, 'made-up')).status).toBe(400);
    const cursor = (await page(ann)).body.cursor;
    expect((await page(`${ann}-b`, cursor)).status).toBe(400);
    expect(await post('officer', `/v1/subjects/${ann}/export`, {})).toMatchObject({ status: 400 });
  });

  test('is in the audit trail with its reason, each page', async () => {
    await annAndOthers();
    const trail = `ledge.audit/${new Date().toISOString().slice(0, 10)}`;
    const before = await aggregateOf(trail).headVersion();
    const { length } = await pages(ann);
    const events = await aggregateOf(trail).events({ after: before, limit: 100 });
    expect(events.filter(({ type }) => type === 'OperationRequested')).toHaveLength(length);
    expect(events[0]?.data).toMatchObject({
      ...{
        operation: 'POST /v1/subjects/:subject/export',
        target: `/v1/subjects/${ann}/export`,
        reason,
      },
    });
    expect(sealedPlaces(events)).toEqual([]);
  });
});
