/**
 * `npm run verify [-- --repair]`: whether the journal and the objects' logs tell the same story. `--repair` first
 * delivers what the journal lacks, streams that it does not know included; a difference in what it has is for people to
 * look at.
 */
import {
  type Conclusion,
  conclude,
  type Flags,
  operatorCommand,
} from './operations/command-line.ts';
import { countText } from './operations/plain-text.ts';
import { sweepStreams, sweptText } from './operations/sweep-streams.ts';
import { type Verified, verifiedText, verifyJournal } from './operations/verify-journal.ts';
import { openProgressLines } from './progress-display.ts';

interface VerifyFlags extends Flags {
  readonly repair: boolean;
}

await operatorCommand('verify', "Compares the journal with the objects' logs, event by event.")
  .option('--repair', 'first bring up the streams whose objects have more', false)
  .action((flags: VerifyFlags) => conclude(flags, verify(flags)))
  .parseAsync();

async function verify(flags: VerifyFlags): Promise<Conclusion> {
  const swept = flags.repair ? await sweepStreams(flags) : undefined;
  const lines = flags.json ? undefined : openProgressLines();
  const verified = await verifyJournal(flags, ({ checked }) =>
    lines?.show(() => ({ share: 0, text: `${countText(checked, 'event')} compared` })),
  );
  return {
    ok: isWhole(verified) && swept?.repaired === swept?.behind.length,
    text: [...(swept ? [sweptText(swept)] : []), verifiedText(verified)].join('\n'),
    answer: { ...verified, ...(swept && { swept }) },
  };
}

function isWhole({ differences, undelivered }: Verified): boolean {
  return differences.length === 0 && undelivered.length === 0;
}
