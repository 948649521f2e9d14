/** `ledge subscriptions [list | show | create …]`: where the events of publications are sent. */
import { type Command, Option } from 'commander';
import type { SubscriptionTarget } from '../core/subscription/target.ts';
import { type CommandPart, operatorCommand, wholeNumber } from './operations/command-line.ts';
import { DAY_MS, durationMs } from './operations/duration.ts';
import * as handle from './operations/handle-subscriptions.ts';
import { heldCommands } from './operations/held-commands.ts';

interface LimitFlags {
  readonly limit: number;
}

interface CreateFlags {
  readonly publication: string;
  readonly target?: string;
  readonly queue?: string;
  readonly service?: string;
  readonly type?: readonly string[];
  readonly from: string;
  readonly personal?: true;
  readonly batch?: number;
  readonly order?: 'stream' | 'none';
}

const list: CommandPart = (program, conclude) => {
  program
    .command('list', { isDefault: true })
    .description('by publication; exits with 1 when one is disabled, broken or has parked events')
    .option('--limit <n>', 'how many at most', wholeNumber, 100)
    .action(({ limit }: LimitFlags) => conclude((flags) => handle.list(flags, limit)));
};

const show: CommandPart = (program, conclude) => {
  onSubscription(program, 'show', 'its place, how far it is behind, its last attempts').action(
    (id: string) => conclude((flags) => handle.show(flags, id)),
  );
};

const create: CommandPart = (program, conclude) => {
  program
    .command('create')
    .description(
      'sends the events of a publication to a webhook, whose secret it prints this once, or to a binding',
    )
    .requiredOption('--publication <name>', 'whose events')
    .option('--target <url>', 'a webhook: https at a public host')
    .addOption(new Option('--queue <name>', 'a queue, by its binding').conflicts('target'))
    .addOption(
      new Option('--service <name>', 'another Worker, by its binding').conflicts([
        'target',
        'queue',
      ]),
    )
    .option('--type <type...>', 'these types of events; left out: all')
    .option(
      '--from <place>',
      'now, beginning, a time like 2026-11-01T00:00:00Z, or a position of the feed',
      'now',
    )
    .option('--batch <n>', 'how many events are sent together at most', wholeNumber)
    .addOption(
      new Option('--order <of>', 'none: an event that fails holds up itself alone').choices([
        'stream',
        'none',
      ]),
    )
    .option('--personal', 'sends personal fields plain; needs the grant personal')
    .action(
      ({ type: types, target: url, queue, service, ...given }: CreateFlags, command: Command) => {
        const target = targetOf({ url, queue, service });
        if (!target) return command.error('error: give --target, --queue or --service');
        return conclude((flags) =>
          handle.create(flags, { ...given, target, ...(types && { types }) }),
        );
      },
    );
};

type TargetFlags = Readonly<Record<'url' | 'queue' | 'service', string | undefined>>;

function targetOf({ url, queue, service }: TargetFlags): SubscriptionTarget | undefined {
  if (url !== undefined) return { url };
  if (queue !== undefined) return { queue };
  return service === undefined ? undefined : { service };
}

const pause: CommandPart = (program, conclude) => {
  onSubscription(program, 'pause', 'sends nothing more until it is resumed; it keeps its place')
    .requiredOption('--reason <text>', 'why')
    .action((id: string, { reason }: { readonly reason: string }) =>
      conclude((flags) => handle.pause(flags, id, reason)),
    );
};

const resume: CommandPart = (program, conclude) => {
  onSubscription(
    program,
    'resume',
    'goes on from its place, also after its target has answered 410',
  ).action((id: string) => conclude((flags) => handle.resume(flags, id)));
};

const replay: CommandPart = (program, conclude) => {
  onSubscription(program, 'replay', 'delivers again, under the same ids')
    .requiredOption(
      '--from <position>',
      'what is behind it; or beginning, or a time like 2026-11-01T00:00:00Z',
    )
    .action((id: string, { from }: { readonly from: string }) =>
      conclude((flags) => handle.replay(flags, id, from)),
    );
};

const test: CommandPart = (program, conclude) => {
  onSubscription(
    program,
    'test',
    'sends a test event now; exits with 1 when it is not taken',
  ).action((id: string) => conclude((flags) => handle.test(flags, id)));
};

const rotate: CommandPart = (program, conclude) => {
  onSubscription(program, 'rotate', 'gives it a new secret and prints it, this once')
    .option('--grace <duration>', 'how long the old one signs, too, like 24h', durationMs, DAY_MS)
    .action((id: string, { grace }: { readonly grace: number }) =>
      conclude((flags) => handle.rotate(flags, id, grace)),
    );
};

function onSubscription(program: Command, name: string, description: string): Command {
  return program.command(name).description(description).argument('<id>', 'as list prints it');
}

export const subscriptions = operatorCommand(
  'subscriptions',
  'Where the events of publications are sent: webhooks, queues, other Workers.',
  ...[list, show, create, pause, resume, replay, test, rotate],
  ...heldCommands(
    {
      // Without an order an event is listed by its id, as a stream of its own.
      stream: (text) => text,
      ...{ by: 'id', of: 'event', held: 'the streams whose next event was not delivered' },
      redrive: 'tries again what was given up on',
      remove: 'ends it, with its place and its secret',
    },
    handle,
  ),
);
