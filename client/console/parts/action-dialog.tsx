/**
 * Asks before something is changed: with what will happen, the curl and the command line that do the same, and a reason
 * where the API takes one. What fails is shown where it was asked.
 */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useId, useLayoutEffect, useRef, useState } from 'react';
import type { LedgeProblem } from '../../problem.ts';
import { cliText, curlText, type WrittenFile } from './command-text.ts';
import { Copied } from './copied.tsx';
import { showDialog } from './dialog-host.tsx';
import { Problem } from './problem.tsx';
import { askApi } from './use-api.ts';

export interface ActionProperties<Answer> {
  /** On the button: `Redrive all`. */
  readonly label: string;
  /** Which thing it changes, in a list of several: the accessible name is `label` and this. */
  readonly subject?: string;
  /** One sentence: what it will do. */
  readonly effect: string;
  /** The name of the grant, as in `may` of `/v1/me`, or a role. Without it the button is disabled. */
  readonly grant: string;
  /** Of a `POST`. */
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether the API takes `reason`; it is part of the body then. */
  readonly hasReason?: boolean;
  /** The words behind `ledge` that do the same, without the reason. */
  readonly cli: readonly string[];
  /** A file that these words name. */
  readonly file?: WrittenFile;
  /** What the answer says, in a sentence; also what is shown this once. */
  readonly done: (answer: Answer) => ReactNode;
  readonly onSettled?: (answer: Answer | undefined, error: LedgeProblem | null) => void;
}

export function actionName({
  label,
  subject,
}: Pick<ActionProperties<never>, 'label' | 'subject'>): string {
  return subject === undefined ? label : `${label} ${subject}`;
}

export function ActionDialog<Answer>(properties: ActionProperties<Answer>) {
  const { label, effect, path, body = {}, headers = {}, hasReason, cli, file, done } = properties;
  const queries = useQueryClient();
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState('');
  const id = useId();
  const sent = hasReason ? { ...body, reason } : body;
  const words = hasReason ? [...cli, '--reason', reason] : cli;
  const action = useMutation<Answer, LedgeProblem>({
    mutationFn: () => askApi<Answer>(path, { method: 'POST', body: sent, headers }),
    onSettled: (answer, error) => {
      properties.onSettled?.(answer, error);
      return queries.invalidateQueries();
    },
  });
  useLayoutEffect(() => dialog.current?.showModal(), []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    action.mutate();
  };
  return (
    <dialog
      ref={dialog}
      className="action"
      aria-labelledby={`${id}-name`}
      onClose={() => showDialog(null)}
    >
      <form onSubmit={submit}>
        <h2 id={`${id}-name`}>{actionName(properties)}</h2>
        <p>{effect}</p>
        {hasReason && (
          <label>
            Reason, which is recorded
            <input
              value={reason}
              onChange={({ target }) => setReason(target.value)}
              required
              maxLength={1_000}
            />
          </label>
        )}
        <details>
          <summary>The same elsewhere</summary>
          <Copied label="curl" text={curlText(path, sent, headers)} />
          <Copied label="Command line" text={cliText(words, file)} />
        </details>
        {action.error && <Problem error={action.error} />}
        {action.isSuccess && <div role="status">{done(action.data)}</div>}
        <p className="buttons">
          <button type="button" onClick={() => dialog.current?.close()}>
            {action.isSuccess ? 'Close' : 'Keep as it is'}
          </button>
          {!action.isSuccess && (
            <button type="submit" className="main" disabled={action.isPending}>
              {label}
            </button>
          )}
        </p>
      </form>
    </dialog>
  );
}
