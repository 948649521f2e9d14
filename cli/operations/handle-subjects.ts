/** What is done with the subjects of personal data: shown, changed, and their receipts printed and verified. */
import {
  type SubjectReceipt,
  type SubjectView,
  subjectView,
  verifiedReceipt,
} from '../../core/operator-shapes/subject.ts';
import type { Conclusion } from './command-line.ts';
import { columns, oneLine } from './plain-text.ts';
import { ask, type Server } from './server.ts';

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
