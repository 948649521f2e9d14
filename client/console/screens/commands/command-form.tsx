/** A command with its data, as a form and as JSON in step; what it would do, and sending it. */
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { isIdentifier } from '../../../../core/aggregate/stream.ts';
import { newKey } from '../../../new-key.ts';
import type { LedgeProblem } from '../../../problem.ts';
import { Action } from '../../parts/action.tsx';
import { Problem } from '../../parts/problem.tsx';
import { askApi } from '../../parts/use-api.ts';
import { useParameters } from '../../parts/use-parameters.ts';
import { counted } from '../../parts/words.ts';
import {
  CommandOutcome,
  type SentOutcome,
  type Simulation,
  simulationOutcome,
} from './outcome.tsx';
import { type FieldSchema, firstValue, resolved } from './schema.ts';
import { isRecord, Members, readJson } from './schema-field.tsx';
import { remember } from './sent-commands.tsx';

interface Properties {
  readonly aggregate: string;
  readonly name: string;
  readonly schema: FieldSchema;
  /** The data to begin with; undefined: what the schema requires. */
  readonly taken: unknown;
}

export function CommandForm({ aggregate, name, schema, taken }: Properties) {
  const { chosen, choose } = useParameters();
  const id = chosen('id') ?? '';
  const [text, setText] = useState(() => pretty(taken ?? firstValue(schema, schema)));
  const [version, setVersion] = useState('');
  const [key, setKey] = useState(newKey);
  const [sent, setSent] = useState<SentOutcome>();
  const path = `${aggregate}/${id}`;
  const read = readJson(text)?.value;
  const data = isRecord(read) ? read : undefined;
  const whatIf = useMutation<Simulation, LedgeProblem>({
    mutationFn: () => {
      setSent(undefined);
      const body = { steps: [{ command: name, data }] };
      return askApi(`/v1/simulate/${path}`, { method: 'POST', body });
    },
  });
  // What was tried belongs to other data then.
  const edit = (next: string) => {
    setText(next);
    whatIf.reset();
  };
  const settled = (answer: SentOutcome | undefined, error: LedgeProblem | null) => {
    remember({ aggregate, id, name, data, outcome: outcomeText(answer, error) });
    if (!answer) return;
    whatIf.reset();
    setSent(answer);
    setKey(newKey());
  };
  const isReady = data !== undefined && isIdentifier(id);
  return (
    <section aria-label={`${aggregate} ${name}`}>
      <div className="command-settings">
        <label>
          Id of the {aggregate}
          <input
            value={id}
            onChange={({ target }) => {
              choose({ id: target.value });
              whatIf.reset();
            }}
          />
        </label>
        <label>
          Expected version, where one is expected
          <input
            type="number"
            min={0}
            value={version}
            onChange={({ target }) => setVersion(target.value)}
          />
        </label>
        <label>
          Idempotency key
          <input value={key} onChange={({ target }) => setKey(target.value)} />
        </label>
      </div>
      <div className="command-data">
        <fieldset className="members">
          <legend>Data</legend>
          {data ? (
            <Members
              schema={resolved(schema, schema)}
              root={schema}
              value={data}
              change={(value) => edit(pretty(value))}
            />
          ) : (
            <p role="status">The JSON is no object: mend it, and the form is here again.</p>
          )}
        </fieldset>
        <label>
          Data as JSON
          <textarea
            value={text}
            spellCheck={false}
            aria-invalid={data === undefined}
            onChange={({ target }) => edit(target.value)}
          />
        </label>
      </div>
      {!isIdentifier(id) && <p className="quiet">An id is needed.</p>}
      <div className="command-buttons">
        <button
          type="button"
          className="main"
          disabled={!isReady || whatIf.isPending}
          onClick={() => whatIf.mutate()}
        >
          What if
        </button>
        {isReady && (
          <Action<SentOutcome>
            label="Send"
            subject={`${name} to ${path}`}
            effect={`Sends ${name} to ${path}. What it appends stays.`}
            grant={`command ${aggregate}/${name}`}
            path={`/v1/commands/${path}/${name}`}
            body={data}
            headers={headersOf(key, version)}
            cli={['import', 'command.ndjson']}
            file={{
              name: 'command.ndjson',
              text: JSON.stringify({
                ...{ aggregate, id, command: name, data, idempotencyKey: key },
                ...(version !== '' && { expectedVersion: Number(version) }),
              }),
            }}
            done={(answer) => outcomeText(answer, null)}
            onSettled={settled}
          />
        )}
        {isIdentifier(id) && <Link href={`/streams/${path}`}>Stream {path}</Link>}
      </div>
      {whatIf.error && <Problem error={whatIf.error} />}
      {whatIf.data && (
        <CommandOutcome title="What if: nothing is stored" {...simulationOutcome(whatIf.data)} />
      )}
      {sent && (
        <CommandOutcome
          title="Sent"
          stream={sent.stream}
          from={sent.version - sent.events.length - (sent.eventsOmitted ?? 0)}
          step={sent}
        />
      )}
    </section>
  );
}

function headersOf(key: string, version: string): Record<string, string> {
  return {
    ...(key !== '' && { 'idempotency-key': key }),
    ...(version !== '' && { 'if-match': `"${version}"` }),
  };
}

function outcomeText(answer: SentOutcome | undefined, error: LedgeProblem | null): string {
  if (!answer) return error?.problem.detail ?? 'No answer';
  const { events, eventsOmitted = 0, version, replayed } = answer;
  const count = counted(events.length + eventsOmitted, 'event');
  return `Accepted with ${count}, version ${version}${replayed ? ', as before: the key is known' : ''}.`;
}

function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
