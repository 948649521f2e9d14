/**
 * Members join and are renamed while an officer forgets some of them, builds run, objects sleep and isolates end. The
 * laws: once nothing is left to do, no name of a forgotten person is in an answer, in D1, in an object or in the log, and
 * its key is nowhere; of all others every event has its name, and no object and no line of the log has it plain.
 */
import { oneOf } from '../chaos/random.ts';
import { type Finding, findingsOf } from '../checker/finding.ts';
import { Administrator } from './administrator.ts';
import type { AccessStage } from './key-holder.ts';
import { type CallerAnswer, KeyedCaller } from './keyed-caller.ts';

/** Until the first is forgotten, so that keys and names are everywhere by then. */
const BEFORE_MS = 8_000;
const AFTER_MS = 8_000;
/** At a build of the members. */
const LOOK_EVERY_MS = 1_000;

const TENANT = 'club';
const PERSONS = ['p-1', 'p-2', 'p-3', 'p-4'];
/** The others stay. */
const FIRST = 'p-2';
const SECOND = 'p-3';
const FORGOTTEN = [FIRST, SECOND];
const MEMBERS = ['m-1', 'm-2', 'm-3', 'm-4', 'm-5', 'm-6'];

const TRY_AGAIN_MS = 500;

const remembered = findingsOf('remembered');
const lost = findingsOf('lost');

interface MemberEvent {
  readonly version: number;
  readonly data: { readonly person: string; readonly name: string | null };
}

export class ForgettingStorm {
  readonly #stage: AccessStage;
  #officer: KeyedCaller | undefined;
  #names = 0;
  #isOver = false;

  constructor(stage: AccessStage) {
    this.#stage = stage;
  }

  async rage(): Promise<void> {
    const provisioned = { tenant: TENANT, database: 'DB' };
    const administrator = new Administrator({ ...this.#stage, provisioned });
    await administrator.provision();
    const rights = { holder: 'olga', role: 'supervisor' } as const;
    const { key } = await administrator.issue(rights, 'host', 'operator');
    this.#officer = new KeyedCaller(this.#stage, key);
    await Promise.all(
      MEMBERS.map((member, at) => this.#join(member, PERSONS[at % PERSONS.length] ?? '')),
    );
    const work = [this.#rename(), this.#rename(), this.#read(), this.#disturb()];
    const { timeline, fate } = this.#stage.world;
    await timeline.sleep(BEFORE_MS, 'nobody is forgotten yet');
    await this.#forget(FIRST);
    await timeline.sleep(fate.random(AFTER_MS), 'the storm goes on');
    this.#isOver = true;
    await Promise.all(work);
  }

  async findings(): Promise<Finding[]> {
    return [
      ...(await this.#answered()),
      ...(await this.#unreadable()),
      ...this.#stored(),
      ...this.#logged(),
    ];
  }

  async #join(member: string, person: string): Promise<void> {
    const name = this.#nameOf(person);
    await this.#accepted(`commands/member/${member}/Join`, { person, name });
  }

  async #accepted(path: string, data: object): Promise<void> {
    await this.#officer?.accepted('POST', path, data, `storm-${this.#names}`);
  }

  async #rename(): Promise<void> {
    const { timeline, fate } = this.#stage.world;
    while (!this.#isOver) {
      const person = oneOf(fate.random, PERSONS) ?? '';
      const member = oneOf(fate.random, MEMBERS) ?? '';
      const data = { person, name: this.#nameOf(person) };
      await this.#ask('POST', `commands/member/${member}/Rename`, data);
      await timeline.sleep(fate.random(1_200), 'a member is renamed');
    }
  }

  /** Which says whose it is. */
  #nameOf(person: string): string {
    return `canary of ${person}, ${++this.#names}.`;
  }

  /** Which is what makes isolates keep keys. */
  async #read(): Promise<void> {
    const { timeline, fate } = this.#stage.world;
    while (!this.#isOver) {
      await this.#ask('GET', oneOf(fate.random, this.#paths()) ?? '');
      await timeline.sleep(fate.random(1_500), 'the officer reads');
    }
  }

  async #disturb(): Promise<void> {
    const { world, cloud } = this.#stage;
    const { timeline, fate } = world;
    while (!this.#isOver) {
      await timeline.sleep(fate.random(3_000), 'the club is disturbed');
      const what = fate.random(3);
      if (what === 0) cloud.putToSleep();
      else if (what === 1) cloud.replaceIsolate(fate.random(2));
      else await this.#rebuild();
    }
  }

  async #rebuild(): Promise<void> {
    const url = `${this.#stage.url}/v1/projections/members/rebuild`;
    const headers = { 'content-type': 'application/json' };
    await fetch(url, { method: 'POST', headers, body: '{}' }).catch(() => undefined);
  }

  /**
   * After the storm: the second is forgotten while a page of a build, with its last name, is on the way to D1. A minute after
   * it at the earliest no isolate has a key.
   */
  async forgetWithinBuild(): Promise<void> {
    const { cloud, world } = this.#stage;
    const name = this.#nameOf(SECOND);
    await this.#accepted(`commands/member/${MEMBERS[0]}/Rename`, { person: SECOND, name });
    let isForgotten = false;
    cloud.beforeBuildPage = async (page) => {
      if (isForgotten || !page.includes(name)) return;
      isForgotten = true;
      await this.#forget(SECOND);
    };
    await this.#rebuild();
    while (!isForgotten) await world.timeline.sleep(LOOK_EVERY_MS, 'the members are built');
    cloud.beforeBuildPage = undefined;
    await this.#forget(SECOND);
  }

  /** Until D1 has it. A repeat changes nothing. */
  async #forget(person: string): Promise<void> {
    const { timeline } = this.#stage.world;
    while (!(await this.#isForgotten(person))) await timeline.sleep(TRY_AGAIN_MS, 'the officer');
  }

  async #isForgotten(person: string): Promise<boolean> {
    const body = { reason: 'asked for it' };
    const answer = await this.#ask('POST', `subjects/${person}/forget`, body);
    return answer?.status === 200;
  }

  /** Of everything that shows members. */
  #paths(): string[] {
    return [
      'queries/members?limit=100',
      'events?limit=500',
      'dead-letters?limit=100',
      ...MEMBERS.flatMap((member) => [
        `aggregates/member/${member}`,
        `streams/member/${member}?limit=500`,
      ]),
    ];
  }

  async #answered(): Promise<Finding[]> {
    const found: Finding[] = [];
    for (const path of this.#paths()) {
      const answer = await this.#ask('GET', path);
      const name = forgottenNameIn(answer?.text ?? '');
      if (name) found.push(remembered(path, `It answers ${name}.`));
    }
    return found;
  }

  /** Events of those that are not forgotten. */
  async #unreadable(): Promise<Finding[]> {
    const found: Finding[] = [];
    for (const member of MEMBERS) {
      const events = (await this.#officer?.eventsOf<MemberEvent>(`member/${member}`)) ?? [];
      for (const { version, data } of events) {
        const isKept = !FORGOTTEN.includes(data.person);
        if (!isKept || data.name?.startsWith(`canary of ${data.person},`)) continue;
        found.push(
          lost(`member/${member}@${version}`, `${data.person} has the name ${data.name}.`),
        );
      }
    }
    return found;
  }

  /** In tables and objects, also where no caller reads. */
  #stored(): Finding[] {
    const { cloud } = this.#stage;
    const tables = cloud.rowsIn(0, "SELECT name FROM sqlite_master WHERE type = 'table'");
    const inTables = tables.flatMap(({ name }) =>
      cloud.rowsIn(0, `SELECT * FROM "${name}"`).flatMap((row) => {
        const there = forgottenNameIn(JSON.stringify(row)) ?? keyIn(name, row, row.subject);
        return there ? [remembered(`the table ${name}`, `It has ${there}.`)] : [];
      }),
    );
    const inObjects = cloud.aggregateRows().flatMap(({ object, table, row }) => {
      // Open columns alone have names, and they are in D1.
      const there = nameIn(JSON.stringify(row)) ?? keyIn(table, row, object.split('/').at(-1));
      return there ? [remembered(`the object ${object}`, `Its ${table} has ${there}.`)] : [];
    });
    return [...inTables, ...inObjects];
  }

  #logged(): Finding[] {
    const name = this.#stage.world.timeline.schedule.map(nameIn).find((one) => one !== undefined);
    return name ? [remembered('the log', `It has ${name}.`)] : [];
  }

  async #ask(method: string, path: string, body?: object): Promise<CallerAnswer | undefined> {
    return this.#officer?.ask(method, path, body);
  }
}

const NAME = /canary of p-\d, \d+\./;

function nameIn(text: string): string | undefined {
  return NAME.exec(text)?.[0];
}

function forgottenNameIn(text: string): string | undefined {
  const names = text.match(new RegExp(NAME, 'g')) ?? [];
  return names.find((name) => FORGOTTEN.some((person) => name.startsWith(`canary of ${person},`)));
}

/** The wrapped key of a forgotten subject. */
function keyIn(
  table: unknown,
  { wrapped }: Readonly<Record<string, unknown>>,
  subject: unknown,
): string | undefined {
  const isKey = table === 'subject_key' && typeof wrapped === 'string';
  return isKey && FORGOTTEN.includes(String(subject)) ? `the key of ${subject}` : undefined;
}
