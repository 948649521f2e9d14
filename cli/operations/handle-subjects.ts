/** What is done with the subjects of personal data: shown, changed, and their receipts printed and verified. */
import {
  type SubjectReceipt,
  type SubjectView,
  subjectView,
  verifiedReceipt,
} from '../../core/operator-shapes/subject.ts';
import { commandText } from '../../core/package-name.ts';
import { exportSubject, type SubjectExportFile } from '../subjects/export-subject.ts';
import { listForgotten, type RegisterListing } from '../subjects/list-forgotten.ts';
import { type KeysRewrap, rewrapKeys } from '../subjects/rewrap-keys.ts';
import type { Conclusion } from './command-line.ts';
import { columns, countText, oneLine } from './plain-text.ts';
import { ask, type Server } from './server.ts';
import { hasUndelivered, undeliveredLines } from './undelivered-text.ts';

const REASON_CHARACTERS_MAX = 120;

export async function show(server: Server, subject: string): Promise<Conclusion> {
  return shown(await viewOf(server, subject));
}

/** `operation`: as in its address. */
export async function change(
  server: Server,
  subject: string,
  operation: string,
  input: object,
): Promise<Conclusion> {
  const path = `${pathOf(subject)}/${operation}`;
  return shown(await ask(server, { method: 'POST', path, input }, subjectView));
}

/** The signed text alone, so that it can be written to a file. */
export async function receipt(server: Server, subject: string): Promise<Conclusion> {
  const answer = await viewOf(server, subject);
  const { signedReceipt } = answer;
  if (signedReceipt !== null) return { ok: true, text: signedReceipt, answer };
  const because = answer.receipt
    ? 'the server has no LEDGE_SECRET to sign it'
    : 'it is not forgotten';
  return { ok: false, text: `There is no signed receipt of ${subject}: ${because}.`, answer };
}

export async function verifyReceipt(
  server: Server,
  subject: string,
  text: string,
): Promise<Conclusion> {
  const path = `${pathOf(subject)}/verify-receipt`;
  const answer = await ask(
    server,
    { method: 'POST', path, input: { receipt: text } },
    verifiedReceipt,
  );
  if (!answer.receipt) {
    return { ok: false, text: `The deployment has not signed this for ${subject}.`, answer };
  }
  return {
    ok: true,
    text: ['The receipt is valid.', ...receiptLines(answer.receipt)].join('\n'),
    answer,
  };
}

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

function viewOf(server: Server, subject: string): Promise<SubjectView> {
  return ask(server, { method: 'GET', path: pathOf(subject) }, subjectView);
}

/** A forgetting that is not whole yet is no success. */
function shown(answer: SubjectView): Conclusion {
  const { subject, status, incarnation, history, receipt: checked } = answer;
  const rows = history.map(({ type, at, by, reason }) => [
    ...[at, type, by, oneLine(reason, REASON_CHARACTERS_MAX)],
  ]);
  const lines = [`${subject} is ${status}, key ${incarnation}.`, ...columns(rows)];
  const ok = checked === null || checked.unreadableFrom !== null;
  return { ok, text: [...lines, ...(checked ? receiptLines(checked) : [])].join('\n'), answer };
}

function receiptLines(checked: SubjectReceipt): string[] {
  const { forgottenAt, forgottenBy, checkedAt, objectKeys, copies, unreadableFrom } = checked;
  return [
    `forgotten ${forgottenAt} by ${forgottenBy}: ${oneLine(checked.reason, REASON_CHARACTERS_MAX)}`,
    `checked ${checkedAt}: ${objectKeys} keys in its object, ${copies} copies in D1`,
    unreadableFrom === null
      ? 'Not whole yet: the object repeats it until D1 has it. Ask again in a minute.'
      : `unreadable everywhere from ${unreadableFrom} on`,
    ...checked.covers.map((text) => `covers: ${text}`),
    ...checked.exceptions.map((text) => `does not cover: ${text}`),
  ];
}

function pathOf(subject: string): string {
  return `/v1/subjects/${encodeURIComponent(subject)}`;
}
