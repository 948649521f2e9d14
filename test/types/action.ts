/** What a user can and cannot write in `defineAction`. Checked by the compiler, never run. */
import { type ActionCall, command, complete, defineAction, done, fail, resume, retry } from 'ledge';
import { account } from '../controls/account.ts';
import { type Equal, expectTrue } from './equal.ts';

interface MailEnv {
  readonly MAIL: { send(text: string): Promise<number> };
}

const welcome = defineAction({
  name: 'welcome',
  from: [account],
  on: {
    account: {
      AccountOpened: async (
        { data, aggregateId },
        { env, attempt, signal }: ActionCall<MailEnv>,
      ) => {
        expectTrue<Equal<typeof data.owner, string>>();
        expectTrue<Equal<typeof attempt, number>>();
        expectTrue<Equal<typeof signal, AbortSignal>>();
        const status = await env.MAIL.send(aggregateId);
        // @ts-expect-error: the environment has no such binding
        env.POST;
        if (status === 429) return retry(1_000);
        if (status === 400) return fail('refused');
        return status === 200 ? command(account, 'fees', 'Deposit', { cents: 1 }) : done();
      },
    },
  },
  failed: {
    account: {
      AccountOpened: ({ data: { owner } }, reason) =>
        reason === '' ? [] : command(account, owner, 'Deposit', { cents: 1 }),
    },
  },
});

expectTrue<Equal<typeof welcome.name, 'welcome'>>();

/** Without a declared environment its members are unknown. */
defineAction({
  name: 'bare',
  from: [account],
  on: {
    account: {
      Withdrawn: async ({ data }, { env, idempotencyKey }) => {
        expectTrue<Equal<typeof data.cents, number>>();
        expectTrue<Equal<typeof idempotencyKey, string>>();
        expectTrue<Equal<typeof env.ANY, unknown>>();
        return done();
      },
    },
  },
});

const from = [account] as const;

defineAction({
  name: 'wrong',
  from,
  on: {
    account: {
      // @ts-expect-error: an action returns what follows
      AccountOpened: async () => undefined,
      // @ts-expect-error: of the ends of a saga an action has one
      Withdrawn: async () => complete(),
    },
  },
});

// @ts-expect-error: nor does it go on
defineAction({ name: 'wrong', from, on: { account: { Withdrawn: async () => resume() } } });

// @ts-expect-error: a handler is asynchronous
defineAction({ name: 'wrong', from, on: { account: { Withdrawn: () => done() } } });

defineAction({
  name: 'wrong',
  from,
  on: {},
  failed: {
    account: {
      // @ts-expect-error: a failure leads to commands, at once
      Withdrawn: async () => command(account, 'a', 'Deposit', { cents: 1 }),
    },
  },
});
