/** `npm run deploy`: from an empty account, from one that has everything, and from one where it failed half way. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FakeWrangler } from '../node/support/fake-wrangler.ts';
import {
  bindDatabases,
  bindQueues,
  type PlantedConfig,
  PlantedProject,
} from '../node/support/planted-project.ts';

const LOOKS = ['d1 list --json', 'queues info events', 'queues info events-dead'];
const ENDS = ['d1 migrations apply DB --remote', 'deploy', 'secret list'];
const everything = { databases: ['ledge', 'other'], queues: ['events', 'events-dead'] };

/** Each starts a process or several. */
const SLOW = { timeout: 60_000 };

test(
  'DP1 DP6 the first deployment works on an empty account, and says that its key is missing',
  SLOW,
  async () => {
    using wrangler = new FakeWrangler();
    const { code, stdout, stderr } = await wrangler.deploy();
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('Created the queue events-dead.');
    expect(stdout).toContain(
      'The app has personal data, and the Worker has no secret LEDGE_PERSONAL_KEY.',
    );
    expect(wrangler.calls).toEqual([
      ...[LOOKS[0], 'd1 create ledge --update-config=false'],
      ...[LOOKS[1], 'queues create events', LOOKS[2], 'queues create events-dead'],
      ...ENDS,
    ]);
    expect(wrangler.account).toMatchObject({ databases: ['ledge'], migrated: true, deployed: 1 });
  },
);

describe('DP6 the key of an app with personal data', SLOW, () => {
  test('is missed where the secrets of the Worker cannot be read', async () => {
    using wrangler = new FakeWrangler(everything);
    wrangler.failing = 'secret list';
    const { code, stdout } = await wrangler.deploy();
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining('the secrets of the Worker could not be read.'),
    ]);
  });

  test('is not asked for once the Worker has it', async () => {
    using wrangler = new FakeWrangler({ ...everything, secrets: { LEDGE_PERSONAL_KEY: 'kept' } });
    const { code, stdout } = await wrangler.deploy();
    expect([code, stdout]).toEqual([0, expect.not.stringContaining('LEDGE_PERSONAL_KEY')]);
  });
});

/** The planted project with the queues of Ledge's own names. */
function configuredProject(edit: (config: PlantedConfig) => void): PlantedProject {
  const project = new PlantedProject();
  project.write('package.json', '{ "type": "module", "ledge": { "app": "src/app.ts" } }');
  project.edit('src/index.ts', (text) => text.replace("{ queue: 'planted' }", '{}'));
  project.config((config) => {
    const { queues, d1_databases } = config;
    Object.assign(d1_databases[0] ?? {}, { database_name: 'ledge' });
    Object.assign(queues.producers[0] ?? {}, { queue: 'events' });
    const [events, dead] = queues.consumers;
    Object.assign(events ?? {}, { queue: 'events', dead_letter_queue: 'events-dead' });
    Object.assign(dead ?? {}, { queue: 'events-dead' });
    edit(config);
  });
  return project;
}

test('DP4 all of several queues exist before the Worker is deployed', SLOW, async () => {
  using wrangler = new FakeWrangler();
  using project = configuredProject(({ queues }) => {
    bindQueues(queues, 3);
    queues.producers.pop();
  });
  const { code, stdout } = await wrangler.deploy(
    '--config',
    join(project.folder, 'wrangler.jsonc'),
  );
  expect(code).toBe(0);
  expect(stdout).toContain('The queue events-3 is consumed and not bound, so it is drained.');
  // Without personal data no secret is looked for.
  expect(wrangler.calls.at(-1)).toBe('deploy');
  const queues = ['events', 'events-2', 'events-3', 'events-dead'];
  expect([...wrangler.account.queues].sort()).toEqual(queues);
});

test('DP5 every database exists and is migrated before the Worker is deployed', SLOW, async () => {
  using wrangler = new FakeWrangler(everything);
  using project = configuredProject((config) => bindDatabases(config, 3));
  const config = ['--config', join(project.folder, 'wrangler.jsonc')];
  expect(await wrangler.deploy(...config)).toMatchObject({ code: 0, stderr: '' });
  expect(wrangler.calls.filter((call) => !call.startsWith('queues '))).toEqual([
    'd1 list --json',
    ...['ledge-2', 'ledge-3'].map((name) => `d1 create ${name} --update-config=false`),
    ...['DB', 'DB_2', 'DB_3'].map((binding) => `d1 migrations apply ${binding} --remote`),
    'deploy',
  ]);
  wrangler.failing = 'd1 migrations apply DB_2';
  const { code, stderr } = await wrangler.deploy(...config);
  expect([code, wrangler.account.deployed]).toEqual([1, 1]);
  expect(stderr).toContain('The migrations of DB_2 were not applied, so nothing was deployed');
});

describe('DP2 it can be repeated after any earlier result', SLOW, () => {
  test('existing resources are kept', async () => {
    using wrangler = new FakeWrangler(everything);
    expect(await wrangler.deploy()).toMatchObject({ code: 0, stderr: '' });
    expect(await wrangler.deploy()).toMatchObject({ code: 0, stderr: '' });
    expect(wrangler.calls).toEqual([...LOOKS, ...ENDS, ...LOOKS, ...ENDS]);
    expect(wrangler.account.deployed).toBe(2);
  });

  test.each([
    ['d1 list', /wrangler login/],
    ['d1 create', /D1 database ledge could not be created\. No migration was applied/],
    ['queues info events-dead', /queue events-dead could not be looked up/],
    ['queues create events-dead', /queue events-dead could not be created\. No migration/],
    ['d1 migrations', /migrations of DB were not applied, so nothing was deployed/],
    ['deploy', /was not deployed; the version that was running goes on/],
  ])('a failure of `%s` names the remedy, and the next run completes', async (failing, said) => {
    using wrangler = new FakeWrangler();
    wrangler.failing = failing;
    const { code, stderr } = await wrangler.deploy();
    expect(code).toBe(1);
    expect(stderr).toMatch(said);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(wrangler.calls.at(-1)).toMatch(new RegExp(`^${failing}`));
    expect(wrangler.account.deployed).toBe(0);

    wrangler.failing = '';
    expect(await wrangler.deploy()).toMatchObject({ code: 0, stderr: '' });
    expect(wrangler.account).toMatchObject({ migrated: true, deployed: 1 });
  });
});

test('CK18 a deployment stops at a fault, before the account is looked at', SLOW, async () => {
  using wrangler = new FakeWrangler(everything);
  using project = new PlantedProject();
  project.remove('sql/0002_balances_v1_bank_v1.sql');
  project.config(({ triggers }) => {
    triggers.crons = [];
  });
  const config = join(project.folder, 'wrangler.jsonc');
  const { code, stdout, stderr } = await wrangler.deploy('--config', config);
  expect([code, stdout, wrangler.calls]).toEqual([1, '', ['']]);
  expect(stderr.split('\n')).toEqual([
    expect.stringMatching(/^No cron trigger runs every minute/),
    expect.stringMatching(/^No migration creates balances_v1, bank_v1\. Run: /),
    'Nothing was changed.',
    '',
  ]);
});
