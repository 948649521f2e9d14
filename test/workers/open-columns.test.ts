/** Open columns: plain in the table to be searched, null from the forgetting of their subject on. */
import { createExecutionContext } from 'cloudflare:test';
import { beforeAll, describe, expect, test } from 'vitest';
import type { App } from '../../core/app.ts';
import { sealedText } from '../../core/sealed/sealed.ts';
import { createReadModel } from '../../migrations/create-table.ts';
import { buildPage } from '../../worker/projections/versions/build-page.ts';
import { deployment } from './support/deployment.ts';
import { faults, faultyPlatform } from './support/faults.ts';
import { aggregateOf, env, keptMessages, rowsOf, useKeptQueue } from './support/harness.ts';
import { heldLedge } from './support/held-ledge.ts';
import { memberAccess, memberApp, members, unlistedApp } from './support/members.ts';
import { databaseText } from './support/stored-text.ts';

useKeptQueue();

type Role = 'host' | 'porter';

/** A Worker that knows no key yet. */
function isolate(app: App = memberApp) {
  return heldLedge(app, {
    ...faultyPlatform,
    access: memberAccess,
    authenticate: ({ headers }) => {
      const role = headers.get('authorization') ?? '';
      return { id: `user:${role}`, tenant: 'main', roles: [role] };
    },
  });
}

const guarded = isolate();
const house = deployment(memberApp);

interface Reply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: each test knows the answer that it asked for.
  readonly body: any;
}

async function ask(role: Role, path: string, body?: unknown, worker = guarded): Promise<Reply> {
  const request = new Request(`https://house.example${path}`, {
    headers: { authorization: role, 'content-type': 'application/json' },
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
  });
  const response = await worker.fetch(request, env, createExecutionContext());
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
}

async function admit(person: string, name: string, id = person): Promise<void> {
  const sent = await ask('host', `/v1/commands/member/${id}/Join`, { person, name });
  expect(sent).toMatchObject({ status: 200 });
}

/** As another isolate would: a minute later, so that no isolate has a key of before. */
async function manage(subject: string, what: 'forget' | 'authorize' | 'hold', worker = isolate()) {
  const done = await ask('host', `/v1/subjects/${subject}/${what}`, { reason: 'asked' }, worker);
  expect(done.status).toBe(200);
  faults.clockSkewMs += 61_000;
}

async function forgetByObject(subject: string): Promise<void> {
  const sent = await aggregateOf(`ledge.subject/${subject}`).execute([
    { name: 'ForgetSubject', data: { reason: 'asked' }, fingerprint: 'f', actor: 'user:officer' },
  ]);
  expect(sent).toMatchObject([{ outcome: 'accepted' }]);
}

async function deliverAll(to = house): Promise<void> {
  for (let messages = keptMessages(); messages.length > 0; messages = keptMessages()) {
    expect(await to.deliver(messages)).toBe(0);
  }
}

function stored(prefix: string, suffix = ''): Promise<{ member: string; name: string | null }[]> {
  return rowsOf(
    `SELECT member, name FROM members_v1${suffix} WHERE member GLOB ? ORDER BY member`,
    `${prefix}*`,
  );
}

async function tripsOf(work: () => Promise<unknown>): Promise<number> {
  let trips = 0;
  faults.beforeTrip = () => void trips++;
  await work();
  faults.beforeTrip = () => undefined;
  return trips;
}

/** What a rebuild and a verification of the read model find. */
async function rebuilt(): Promise<unknown> {
  const before = await stored('');
  expect((await house.post('/v1/projections/members/rebuild')).status).toBe(200);
  await house.buildAll('members');
  expect(await stored('')).toEqual(before);
  expect((await house.post('/v1/projections/members/verify')).status).toBe(200);
  await house.buildAll('members');
  const [report] = await rowsOf<{ report: string }>(
    "SELECT report FROM generation WHERE projection = 'members' AND purpose = 'verify'",
  );
  return JSON.parse(report?.report ?? 'null');
}

const SAME = [expect.objectContaining({ onlyLive: 0, onlyRecomputed: 0 })];

beforeAll(async () => {
  for (const sql of createReadModel(members.tables[0]).split(';\n')) await rowsOf(sql);
  await admit('first', 'First');
  await deliverAll();
});

describe('PD13 an open column', () => {
  test('is plain in its table, filters and sorts', async () => {
    for (const name of ['Carl', 'Anna', 'Annabel']) await admit(`oc1-${name.toLowerCase()}`, name);
    await deliverAll();
    expect(await stored('oc1-')).toEqual([
      { member: 'oc1-anna', name: 'Anna' },
      { member: 'oc1-annabel', name: 'Annabel' },
      { member: 'oc1-carl', name: 'Carl' },
    ]);
    const listed = async (query: string) =>
      (await ask('host', `/v1/queries/members?${query}`)).body.rows.map(
        (row: { name: string }) => row.name,
      );
    expect(await listed('name=Anna')).toEqual(['Anna']);
    expect(await listed('name.prefix=Anna')).toEqual(['Anna', 'Annabel']);
    expect(await listed('sort=-name')).toEqual(['First', 'Carl', 'Annabel', 'Anna']);
    const called = await ask('host', '/v1/queries/members-called?name=Anna');
    expect(called.body.rows).toEqual([{ member: 'oc1-anna', called: 'Anna' }]);
  });

  test('is sorted page by page', async () => {
    const names: string[] = [];
    let path = '/v1/queries/members?sort=name&limit=2';
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      const { body }: Reply = await ask('host', `${path}${cursor && `&cursor=${cursor}`}`);
      names.push(...body.rows.map((row: { name: string }) => row.name));
      cursor = body.cursor;
    }
    expect(names).toEqual(['Anna', 'Annabel', 'Carl', 'First']);
    path = '';
  });

  test('is null for a caller without the grant, who neither filters nor sorts by it', async () => {
    const { body } = await ask('porter', '/v1/queries/members?member=first');
    expect(body.rows).toEqual([{ member: 'first', person: 'first', name: null }]);
    expect((await ask('porter', '/v1/queries/members/first')).body).toMatchObject({ name: null });
    const refused = [
      'name=First',
      'name.prefix=F',
      'name.gt=A&count=true',
      'sort=name',
      'sort=-name',
    ];
    for (const query of refused) {
      for (const path of ['queries', 'live']) {
        if (path === 'live' && query.includes('count')) continue;
        expect(await ask('porter', `/v1/${path}/members?${query}`)).toMatchObject({
          status: 403,
          body: { detail: expect.stringContaining('personal') },
        });
      }
    }
    const called = await ask('porter', '/v1/queries/members-called?name=First');
    expect(called).toMatchObject({ status: 200, body: { rows: [] } });
  });
});

describe('PD14 forgetting a subject', () => {
  test('makes its open columns null with the event, though the queue stands still', async () => {
    await admit('oc2', 'Canary Two', 'oc2-a');
    await admit('oc2', 'Canary Two again', 'oc2-b');
    await admit('oc2-other', 'Otto');
    await deliverAll();
    await manage('oc2', 'forget');
    expect(await stored('oc2-')).toEqual([
      { member: 'oc2-a', name: null },
      { member: 'oc2-b', name: null },
      { member: 'oc2-other', name: 'Otto' },
    ]);
    expect(await databaseText()).not.toContain('Canary Two');
    expect(await rebuilt()).toEqual(SAME);
  });

  test('keeps rows that are written later null', async () => {
    await admit('oc3', 'Canary Three');
    const late = keptMessages();
    await manage('oc3', 'forget');
    await deliverAll();
    expect(await house.deliver(late)).toBe(0);
    expect(await stored('oc3')).toEqual([{ member: 'oc3', name: null }]);
    expect(await rebuilt()).toEqual(SAME);
  });

  test('between the reading of its key and the batch makes the batch read again', async () => {
    await admit('oc4', 'Canary Four');
    const messages = keptMessages();
    const late = messages.filter((one) => one.includes('member/oc4'));
    expect(await house.deliver(messages.filter((one) => !late.includes(one)))).toBe(0);
    faults.beforeBatch = async () => {
      faults.beforeBatch = () => undefined;
      await manage('oc4', 'forget');
    };
    expect(await house.deliver(late)).toBe(0);
    await deliverAll();
    expect(await stored('oc4')).toEqual([{ member: 'oc4', name: null }]);
  });

  test('in one batch with rows of it leaves none of them', async () => {
    await admit('oc5', 'Canary Five');
    await forgetByObject('oc5');
    expect(await house.deliver(keptMessages())).toBe(0);
    expect(await stored('oc5')).toEqual([{ member: 'oc5', name: null }]);
    expect(await rebuilt()).toEqual(SAME);
  });

  /** Of a subject that was forgotten and authorized again before the database has any of it. */
  async function withTwoKeys(subject: string) {
    await admit(subject, 'Canary Five', `${subject}-a`);
    await forgetByObject(subject);
    await manage(subject, 'authorize');
    await rowsOf('DELETE FROM subject_key');
    await admit(subject, 'Five', `${subject}-b`);
    const messages = keptMessages();
    const newest = messages.filter((one) => one.includes(`member/${subject}-b`));
    expect(newest.join()).toContain(`~1.${subject}.2.`);
    return { messages, newest };
  }

  test('comes before rows of a newer key, in whatever order the queue delivers', async () => {
    const { messages, newest } = await withTwoKeys('oc11');
    expect(await house.deliver(newest)).toBe(newest.length);
    expect(await stored('oc11')).toEqual([]);
    await house.deliver(messages);
    expect(await house.deliver(messages)).toBe(0);
    expect(await stored('oc11')).toEqual([
      { member: 'oc11-a', name: null },
      { member: 'oc11-b', name: 'Five' },
    ]);
    expect(await rebuilt()).toEqual(SAME);
  });

  test('reaches the tables of builds, and of versions that the code does not have', async () => {
    await admit('oc6', 'Canary Six');
    await deliverAll();
    for (const purpose of ['rebuild', 'verify']) {
      await house.post(`/v1/projections/members/${purpose}`);
      await buildPage(house.projector, 'members', 100);
    }
    await manage('oc6', 'forget');
    await house.buildAll('members');
    expect(await rebuilt()).toEqual(SAME);
    await admit('oc6-old', 'Canary Old');
    await deliverAll();
    const later = deployment(unlistedApp);
    await later.get('/v1/projections');
    await manage('oc6-old', 'forget', isolate(unlistedApp));
    expect(await stored('oc6')).toEqual([
      { member: 'oc6', name: null },
      { member: 'oc6-old', name: null },
    ]);
    await house.get('/v1/projections');
    await house.buildAll('members');
    expect(await rebuilt()).toEqual(SAME);
  });

  test('reaches the table of a build whose first page is written meanwhile', async () => {
    await admit('oc13', 'Canary Thirteen');
    await admit('oc13-else', 'Else');
    await deliverAll();
    await house.post('/v1/projections/members/rebuild');
    await forgetByObject('oc13');
    const [{ head = 0 } = {}] = await rowsOf<{ head: number }>(
      'SELECT max(position) AS head FROM journal',
    );
    faults.beforeBatch = async () => {
      faults.beforeBatch = () => undefined;
      await buildPage(house.projector, 'members', head - 1);
    };
    expect(await house.deliver(keptMessages())).toBe(0);
    expect(await stored('oc13', '_rebuild')).toEqual([{ member: 'oc13', name: null }]);
    await house.buildAll('members');
    expect(await rebuilt()).toEqual(SAME);
  });

  test('between the reading of its key and a page of a build makes the build read again', async () => {
    await admit('oc14', 'Canary Fourteen');
    await deliverAll();
    await house.post('/v1/projections/members/rebuild');
    faults.beforeBatch = async () => {
      faults.beforeBatch = () => undefined;
      await manage('oc14', 'forget');
    };
    await house.buildAll('members');
    expect(await stored('oc14')).toEqual([{ member: 'oc14', name: null }]);
    expect(await rebuilt()).toEqual(SAME);
  });

  test('changes live queries of the rows', async () => {
    await admit('oc12', 'Canary Twelve');
    await deliverAll();
    const request = new Request('https://house.example/v1/live/members?member=oc12', {
      headers: { authorization: 'host' },
    });
    const { body } = await guarded.fetch(request, env, createExecutionContext());
    const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    const until = async (part: string) => {
      while (!text.includes(part)) text += (await reader?.read())?.value ?? '';
    };
    await until('"name":"Canary Twelve"');
    await manage('oc12', 'forget');
    await until('"name":null');
    await reader?.cancel();
  });
});

describe('PD15 a key that cannot be read', () => {
  test('holds the stream back, and never makes a null', async () => {
    await admit('oc7', 'Seven');
    const messages = keptMessages();
    await rowsOf('DELETE FROM subject_key');
    const alone = deployment(memberApp, {
      unreachable: (name) => name.endsWith('ledge.subject/oc7'),
    });
    const own = messages.filter((one) => one.includes('member/oc7'));
    expect(await alone.deliver(own)).toBe(1);
    expect(await stored('oc7')).toEqual([]);
    expect(await house.deliver(messages)).toBe(0);
    expect(await stored('oc7')).toEqual([{ member: 'oc7', name: 'Seven' }]);
  });

  test('because the secret is missing, too', async () => {
    await admit('oc8', 'Eight');
    const messages = keptMessages();
    const closed = deployment(memberApp, { vars: { LEDGE_PERSONAL_KEY: '' } });
    const own = messages.filter((one) => one.includes('member/oc8'));
    expect(await closed.deliver(own)).toBe(1);
    expect(await stored('oc8')).toEqual([]);
    expect(await house.deliver(messages)).toBe(0);
    expect(await stored('oc8')).toEqual([{ member: 'oc8', name: 'Eight' }]);
  });
});

test('PD16 a value that does not open, or is of another subject, parks its event alone', async () => {
  await admit('oc9', 'Nine');
  await deliverAll();
  await ask('host', '/v1/commands/member/oc9/Misfile', { person: 'oc9', name: 'Misfiled' });
  await deliverAll();
  const forged = sealedText({ subject: 'oc9', incarnation: 1, bytes: 'A'.repeat(60) });
  await aggregateOf('member/oc9-forged').execute([
    { name: 'Join', data: { person: 'oc9', name: forged }, fingerprint: 'f', actor: 'user:x' },
  ]);
  await deliverAll();
  const letters = await rowsOf(
    "SELECT stream, error FROM dead_letter WHERE stream LIKE 'member/oc9%' ORDER BY stream",
  );
  expect(letters).toMatchObject([
    { stream: 'member/oc9', error: expect.stringContaining('another subject than person') },
    { stream: 'member/oc9-forged' },
  ]);
  expect(await stored('oc9')).toEqual([{ member: 'oc9', name: 'Nine' }]);
});

describe('PD17 the bill', () => {
  test('of rows is one trip more for a batch, and of a forgetting two rows for each of its own', async () => {
    for (const id of ['oc10-a', 'oc10-b', 'oc10-c']) await admit('oc10', `Name of ${id}`, id);
    await admit('oc10-else', 'Else');
    const messages = keptMessages();
    const members = messages.filter((one) => one.includes('member/'));
    const others = messages.filter((one) => !one.includes('member/'));
    expect(await tripsOf(() => house.deliver(others))).toBe(2);
    expect(await tripsOf(() => house.deliver(members))).toBe(3);
    await forgetByObject('oc10');
    const forgetting = keptMessages();
    faults.rowsWritten = 0;
    expect(await tripsOf(() => house.deliver(forgetting))).toBe(3);
    // The page of the journal, the checkpoint and the copy; of each row itself, and its entry in the index of names.
    expect(faults.rowsWritten).toBe(3 + 3 * 2);
    expect(await stored('oc10-')).toContainEqual({ member: 'oc10-else', name: 'Else' });
  });
});
