/** What the operations on subjects that write files or walk over all tenants have come to. */
import { commandText } from '../../core/package-name.ts';
import type { Conclusion } from '../operations/command-line.ts';
import { countText } from '../operations/plain-text.ts';
import { hasUndelivered, undeliveredLines } from '../operations/undelivered-text.ts';
import { exportSubject, type SubjectExportFile } from './export-subject.ts';
import { listForgotten, type RegisterListing } from './list-forgotten.ts';
import { type KeysRewrap, rewrapKeys } from './rewrap-keys.ts';

/** A list that could not be read, or a value that its key does not open, is no success. */
export async function exportTo(given: SubjectExportFile): Promise<Conclusion> {
  const answer = await exportSubject(given);
  const { subject, events, rows, values, left } = answer;
  const found = `${countText(events, 'event')} and ${countText(rows, 'row')}`;
  const lines = [
    `${given.path} has ${countText(values.opened, 'value')} of ${subject}, in ${found}.`,
    ...(values.forgotten > 0
      ? [`${countText(values.forgotten, 'value')} had a key that was destroyed by a forgetting.`]
      : []),
    ...(values.unreadable > 0
      ? [`${countText(values.unreadable, 'value')} did not open: the log has open-personal.`]
      : []),
    ...left.map(({ list, because }) => `The rows of ${list} are missing. ${because}`),
    'Delete the file once it is handed over.',
  ];
  const ok = left.length === 0 && values.unreadable === 0;
  return { ok, text: lines.join('\n'), answer };
}

export async function list(given: RegisterListing): Promise<Conclusion> {
  const subjects = await listForgotten(given);
  const { path } = given;
  const text = `${path} has ${countText(subjects, 'forgotten subject')} of all tenants. Keep it elsewhere than the exports: ${commandText(`restore backup --forgotten ${path}`)}`;
  return { ok: true, text, answer: { path, subjects } };
}

const LISTED_MAX = 20;

/** That the old secret can go is said only where every subject was looked at. */
export async function rewrap(given: KeysRewrap): Promise<Conclusion> {
  const answer = await rewrapKeys(given);
  const { keys, forgotten, newer, left, undelivered } = answer;
  const isWhole = left.length === 0 && !hasUndelivered(undelivered);
  const lines = [
    `Wrapped by LEDGE_PERSONAL_KEY: ${countText(keys, 'key')}. Forgotten: ${countText(forgotten, 'subject')}. With events meanwhile, and looked at once more: ${newer}.`,
    ...left.slice(0, LISTED_MAX).map((one) => `  ${one.tenant}/${one.subject}: ${one.because}`),
    ...(left.length > LISTED_MAX ? [`  and ${left.length - LISTED_MAX} more`] : []),
    ...undeliveredLines(undelivered),
    isWhole
      ? 'Every subject was looked at: LEDGE_PERSONAL_KEY_PREVIOUS can be removed. Keep the old secret where it is safe, as long as there are exports that were made before, and for 30 days in which the platform can restore objects to a time before.'
      : 'Keep LEDGE_PERSONAL_KEY_PREVIOUS, and run it again: not every subject was looked at.',
  ];
  return { ok: isWhole, text: lines.join('\n'), answer };
}
