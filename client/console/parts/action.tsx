/**
 * A button that changes something. It asks first: with what will happen, the curl and the command line that do the
 * same, and a reason where the API takes one. What fails is shown where it was asked.
 */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useRef, useState } from 'react';
import type { LedgeProblem } from '../../problem.ts';
import { useGrant } from './caller.ts';
import { cliText, curlText, type WrittenFile } from './command-text.ts';
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
  /** What the answer says, in a sentence. */
  readonly done: (answer: Answer) => string;
  readonly onSettled?: (answer: Answer | undefined, error: LedgeProblem | null) => void;
}

export function Action<Answer>(properties: ActionProperties<Answer>) {
  const { label, subject, effect, grant, path, body = {}, hasReason, cli, done } = properties;
  const { headers = {}, file, onSettled } = properties;
  const isGranted = useGrant(grant);
  const queries = useQueryClient();
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState('');
  const ids = useId();
  const sent = hasReason ? { ...body, reason } : body;
  const words = hasReason ? [...cli, '--reason', reason] : cli;
  const action = useMutation<Answer, LedgeProblem>({
    mutationFn: () => askApi<Answer>(path, { method: 'POST', body: sent, headers }),
    onSettled: (answer, error) => {
      onSettled?.(answer, error);
      return queries.invalidateQueries();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    action.mutate();
  };
  const open = () => {
    action.reset();
    setReason('');
    dialog.current?.showModal();
  };
  const name = subject === undefined ? label : `${label} ${subject}`;
  return (
    <>
      <button
        type="button"
        onClick={open}
        disabled={!isGranted}
        aria-label={`${name} …`}
        aria-describedby={isGranted ? undefined : `${ids}-grant`}
      >
        {label} …
      </button>
      {!isGranted && (
        <small id={`${ids}-grant`} className="quiet">
          needs <code>{grant}</code>
        </small>
      )}
      <dialog ref={dialog} className="action" aria-labelledby={`${ids}-name`}>
        <form onSubmit={submit}>
          <h2 id={`${ids}-name`}>{name}</h2>
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
          {action.isSuccess && <p role="status">{done(action.data)}</p>}
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
    </>
  );
}

function Copied({ label, text }: { readonly label: string; readonly text: string }) {
  return (
    <div className="copied">
      <span>{label}</span>
      <button type="button" onClick={() => navigator.clipboard.writeText(text)}>
        Copy<span className="unseen"> {label}</span>
      </button>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard */}
      <pre tabIndex={0}>{text}</pre>
    </div>
  );
}
