/**
 * At the end another database is bound, and two tenants are provisioned, one in each. Consumers of the deployment before
 * do not know the second one for a while; later it refuses for a while. The laws: the checker finds nothing in the history of
 * either tenant, neither database has anything of the other's tenant, and no message of the first is retried since the
 * second refuses.
 */
import { ChaosClient } from '../chaos/client.ts';
import { commandTo } from '../chaos/order-book.ts';
import { oneOf } from '../chaos/random.ts';
import { checkHistory } from '../checker/check-history.ts';
import { type Finding, findingsOf } from '../checker/finding.ts';
import { historyOf } from '../checker/history.ts';
import { readFinalState } from '../checker/read-final-state.ts';
import { Recorder } from '../checker/recorder.ts';
import { Reader } from '../e2e/crash/reader.ts';
import { Administrator, type IssuedCredential } from './administrator.ts';
import type { Cloud } from './cloud.ts';
import { KeyHolder } from './key-holder.ts';
import { outages } from './outage.ts';
import { comparison, parcelApp } from './parcels.ts';
import type { World } from './process.ts';

export interface TwoDatabases {
  readonly url: string;
  readonly world: World;
  readonly cloud: Cloud;
}

/** The second is that of the outage. */
const HOMES = [
  { tenant: 'near', database: 'DB' },
  { tenant: 'far', database: 'DB_2' },
] as const;
const SECOND = 1;

const OLD_CONSUMERS_MS = 8_000;
const OUTAGE_MS = 20_000;
const CALM_MS = 10_000;
const PAIR_EVERY_MS = 1_000;

const HOLDER = 'ann';

const unfinished = findingsOf('unfinished');
const phantom = findingsOf('phantom');

export class TwoDatabasesTrial {
  readonly #stage: TwoDatabases;
  readonly #tenants: Tenant[] = [];
  /** Of the streams that are written in pairs while the second database refuses. */
  readonly #retried = new Set<string>();
  #isOver = false;

  constructor(stage: TwoDatabases) {
    this.#stage = stage;
  }

  async run(): Promise<void> {
    const { cloud, world } = this.#stage;
    const { timeline, fate } = world;
    // One for both, so that their messages meet in a batch.
    cloud.bindQueues(1);
    cloud.bindAnotherDatabase();
    cloud.putToSleep();
    for (const home of HOMES) this.#tenants.push(await Tenant.provisioned(this.#stage, home));
    const work = this.#tenants.map((tenant) => tenant.work(() => this.#isOver));
    await timeline.sleep(OLD_CONSUMERS_MS, 'the consumers do not know the second database');
    cloud.endOldConsumers();
    await timeline.sleep(CALM_MS, 'both databases are well');
    cloud.outageIn(SECOND, oneOf(fate.random, outages)?.database);
    await this.#writePairs();
    cloud.outageIn(SECOND, undefined);
    await timeline.sleep(CALM_MS, 'both databases are well again');
    this.#isOver = true;
    await Promise.all(work);
  }

  /** Once nothing is left to do. */
  async findings(): Promise<Finding[]> {
    const judged: Finding[] = [];
    for (const tenant of this.#tenants) judged.push(...(await tenant.findings()));
    const retried = [...this.#retried].map((stream) =>
      unfinished(stream, 'Its message is retried, though only the other database refuses.'),
    );
    return [...judged, ...comparison.takeFindings(), ...retried, ...this.#misplaced()];
  }

  /** New streams of both at once. */
  async #writePairs(): Promise<void> {
    const { cloud, world } = this.#stage;
    cloud.onRetry = (body) => this.#note(JSON.parse(body));
    for (let elapsedMs = 0; elapsedMs < OUTAGE_MS; elapsedMs += PAIR_EVERY_MS) {
      const id = `pair-${elapsedMs / PAIR_EVERY_MS}`;
      await Promise.all(this.#tenants.map((tenant) => tenant.accept(id)));
      await world.timeline.sleep(PAIR_EVERY_MS, 'the next pair');
    }
    cloud.onRetry = undefined;
  }

  #note({ tenant, stream }: { readonly tenant: string; readonly stream: string }): void {
    const [first] = HOMES;
    if (tenant === first.tenant && stream.startsWith('parcel/pair-')) this.#retried.add(stream);
  }

  #misplaced(): Finding[] {
    const { cloud } = this.#stage;
    // `main` is that of everything before.
    return ["tenant = 'far'", "tenant IN ('near', 'main')"].flatMap((isElsewhere, index) => {
      const tables = cloud.rowsIn(
        index,
        `SELECT name FROM sqlite_master AS tables WHERE type = 'table'
         AND EXISTS (SELECT 1 FROM pragma_table_info(tables.name) WHERE name = 'tenant')`,
      );
      return tables.flatMap(({ name }) => {
        const [row] = cloud.rowsIn(index, `SELECT * FROM "${name}" WHERE ${isElsewhere} LIMIT 1`);
        return row
          ? [phantom(`${name} of database ${index + 1}`, `It has ${JSON.stringify(row)}.`)]
          : [];
      });
    });
  }
}

/** A tenant with its clients and its history. */
class Tenant {
  readonly #url: string;
  readonly #recorder: Recorder;
  readonly #clerk: ChaosClient;
  readonly #holders: readonly KeyHolder[];
  readonly #reader: Reader;

  private constructor(
    { url, world, cloud }: TwoDatabases,
    recorder: Recorder,
    [own, overseer, operator]: readonly [IssuedCredential, IssuedCredential, IssuedCredential],
  ) {
    this.#url = url;
    this.#recorder = recorder;
    const stage = { url, world, cloud, recorder };
    this.#holders = [new KeyHolder(stage, own), new KeyHolder(stage, overseer)];
    this.#clerk = new ChaosClient(`${own.name}-clerk`, () => this.#url, recorder, own);
    this.#reader = new Reader(() => this.#url, operator);
  }

  static async provisioned(stage: TwoDatabases, home: (typeof HOMES)[number]): Promise<Tenant> {
    const recorder = new Recorder(() => stage.world.timeline.nowMs);
    const administrator = new Administrator({ ...stage, recorder, provisioned: home });
    await administrator.provision();
    const own = await administrator.issue({ holder: HOLDER, role: 'holder' });
    const overseer = await administrator.issue({ holder: HOLDER, role: 'supervisor' });
    // Operators are shown more of an event than the checker knows of clients.
    const operator = await administrator.issue({ holder: HOLDER, role: 'supervisor' }, 'operator');
    return new Tenant(stage, recorder, [own, overseer, operator]);
  }

  work(isOver: () => boolean): Promise<unknown> {
    return Promise.all(this.#holders.map((holder) => holder.run(isOver)));
  }

  async accept(id: string): Promise<void> {
    await this.#clerk.command(commandTo(`parcel/${id}`, 'AcceptParcel', { holder: HOLDER }));
  }

  async findings(): Promise<Finding[]> {
    const found: Finding[] = [];
    for (const holder of this.#holders) found.push(...(await holder.findings()));
    for (const holder of this.#holders) holder.close();
    const history = historyOf(this.#recorder.lines);
    const state = await readFinalState(parcelApp, this.#reader, history);
    return [...found, ...checkHistory(parcelApp, history, state)];
  }
}
