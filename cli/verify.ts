/**
 * `ledge verify [--repair]`: compares the journal with the objects' logs. `--repair` first delivers what the journal
 * lacks, streams that it does not know included; a difference in what it has is left to an operator.
 */
import { type Conclusion, type Flags, operatorCommand } from './operations/command-line.ts';
import { countText } from './operations/plain-text.ts';
import { sweepStreams, sweptText } from './operations/sweep-streams.ts';
import { textLines } from './operations/text-lines.ts';
import { type Verified, verifiedText, verifyJournal } from './operations/verify-journal.ts';

interface RepairFlag {
  readonly repair: boolean;
}

export const verify = operatorCommand(
  'verify',
  "Compares the journal with the objects' logs, event by event.",
  (program, conclude) =>
    program
      .option('--repair', 'first bring up the streams whose objects have more', false)
      .action(({ repair }: RepairFlag) => conclude((flags) => compare(flags, repair))),
);

async function compare(flags: Flags, repair: boolean): Promise<Conclusion> {
  const swept = repair ? await sweepStreams(flags) : undefined;
  const show = textLines(flags);
  const verified = await verifyJournal(flags, ({ checked }) =>
    show(`${countText(checked, 'event')} compared`),
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
