/**
 * `ledge export --out DIR [--bucket NAME]`: every stream of every tenant into a folder, and from there into a bucket of R2, from
 * which an empty deployment is restored.
 */
import { commandText } from '../core/package-name.ts';
import { type BucketFlags, bucketOf, withBucket } from './export/bucket-flags.ts';
import { exportDeployment } from './export/export-deployment.ts';
import { ExportFolder } from './export/export-folder.ts';
import type { ExportManifest } from './export/export-format.ts';
import { type Conclusion, type Flags, operatorCommand } from './operations/command-line.ts';
import { countText } from './operations/plain-text.ts';
import { textLines } from './operations/text-lines.ts';

interface ExportFlags extends BucketFlags {
  readonly out: string;
  readonly reason?: string;
}

export const exportAll = operatorCommand(
  'export',
  'Exports every stream of every tenant into a folder.',
  (program, conclude) =>
    withBucket(program, 'to which the folder is copied')
      .requiredOption('--out <folder>', 'a new one, or one of an earlier export: it goes on there')
      .option('--reason <text>', 'why; it is recorded')
      .action((own: ExportFlags) => conclude((flags) => run(flags, own))),
);

async function run(flags: Flags, { out, reason, ...own }: ExportFlags): Promise<Conclusion> {
  const show = textLines(flags);
  const bucket = bucketOf(own);
  // Before the deployment is asked for anything.
  if (bucket) await bucket.requireBefore(await new ExportFolder(out).manifest());
  const manifest = await exportDeployment({ server: flags, folder: out, reason, show });
  const text = exportedText(out, manifest);
  if (!bucket) return { ok: true, text, answer: manifest };
  const { parts } = await bucket.take(out, manifest);
  const taken = `The bucket ${bucket.name} has it too: ${countText(parts, 'new part')}, read back.`;
  return { ok: true, text: `${text}\n${taken}`, answer: manifest };
}

function exportedText(folder: string, { totals, parts, databases, changing }: ExportManifest) {
  const mb = parts.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
  const counted = [
    countText(totals?.streams ?? 0, 'stream'),
    countText(totals?.events ?? 0, 'event'),
    countText(totals?.commands ?? 0, 'outcome'),
    countText(totals?.timers ?? 0, 'timer'),
    countText(totals?.actions ?? 0, 'action'),
    countText(totals?.subjectKeys ?? 0, 'key of a subject', 'keys of subjects'),
  ];
  const size = `${countText(parts.length, 'part')}, ${mb.toFixed(1)} MB`;
  return [
    `${counted.join(', ')} are in ${folder} (${size}), as of ${databases.map(({ name, position }) => `${name} ${position}`).join(', ')}.`,
    ...(changing > 0
      ? [
          `${countText(changing, 'stream')} went on meanwhile and will be read again by the next export into this folder.`,
        ]
      : []),
    `It has everything that the tenants have: keep it as you keep the database. Into an empty deployment: ${commandText(`restore ${folder}`)}`,
  ].join('\n');
}
