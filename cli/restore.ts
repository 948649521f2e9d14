/** `ledge restore DIR [--bucket NAME]`: an empty deployment as an export has it, in the folder or fetched into it. */
import { commandText } from '../core/package-name.ts';
import { type BucketFlags, bucketOf, withBucket } from './export/bucket-flags.ts';
import { type Conclusion, type Flags, operatorCommand } from './operations/command-line.ts';
import { countText } from './operations/plain-text.ts';
import { type DisplayedProgress, openProgressDisplay } from './progress-display.ts';
import { type RestoredExport, restoreExport } from './restore/restore-export.ts';

/** Chosen by us: what a person reads on a screen. */
const LISTED_MAX = 20;

export const restoreAll = operatorCommand(
  'restore',
  'Restores an empty deployment from an export.',
  (program, conclude) =>
    withBucket(program, 'from which the folder is filled first')
      .argument('<folder>', 'of `ledge export`')
      .option('--forgotten <file>', 'of `ledge subjects forgotten`: what it lists stays forgotten')
      .action((folder: string, own: RestoreFlags) => conclude((flags) => run(flags, folder, own))),
);

interface RestoreFlags extends BucketFlags {
  readonly forgotten?: string;
}

async function run(
  flags: Flags,
  folder: string,
  { forgotten, ...own }: RestoreFlags,
): Promise<Conclusion> {
  await bucketOf(own)?.fetchInto(folder);
  const display = flags.json ? undefined : openProgressDisplay('Reading the export.');
  const show = (progress: DisplayedProgress) => display?.show(() => progress);
  const restored = await restoreExport({ server: flags, folder, forgotten, show }).finally(() =>
    display?.end(),
  );
  return { ok: restored.left.length === 0, text: restoredText(restored), answer: restored };
}

function restoredText({ streams, events, skipped, forgotten, left }: RestoredExport): string {
  const whole = streams - skipped.length - left.length;
  return [
    `${whole} of ${countText(streams, 'stream')} are as in the export, ${countText(events, 'event')} in all, and in D1.`,
    ...(skipped.length > 0
      ? [`This deployment keeps what it has itself of: ${skipped.join(', ')}`]
      : []),
    ...(forgotten
      ? [
          `${countText(forgotten.changed, 'subject')} forgotten again, of ${forgotten.subjects} in the register of ${forgotten.at}; ${forgotten.absent} are of tenants that the export does not have.`,
        ]
      : []),
    ...left.slice(0, LISTED_MAX).map(({ key, because }) => `  ${key}: ${because}`),
    ...(left.length > LISTED_MAX
      ? [`  and ${left.length - LISTED_MAX} more; --json lists them all`]
      : []),
    ...(left.length > 0 ? ['Run it again: what is done stays done.'] : []),
    `Verify the projections next: ${commandText('projections verify <projection>')}`,
  ].join('\n');
}
