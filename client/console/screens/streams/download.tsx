/** The whole stream as a file: a line for each event, as the API answers it. */
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { LedgeProblem } from '../../../problem.ts';
import { Problem } from '../../parts/problem.tsx';
import { counted } from '../../parts/words.ts';
import { pagesBetween } from './use-events.ts';

interface Properties {
  readonly stream: string;
  readonly newest: number;
}

export function Download({ stream, newest }: Properties) {
  const [done, setDone] = useState(0);
  const [stopping, setStopping] = useState<AbortController>();
  const download = useMutation<void, LedgeProblem, AbortController>({
    mutationFn: async ({ signal }) => {
      const lines: string[] = [];
      for await (const page of pagesBetween(stream, 1, newest, signal)) {
        for (const event of page) lines.push(`${JSON.stringify(event)}\n`);
        setDone(lines.length);
      }
      save(`${stream.replace('/', '-')}.ndjson`, lines);
    },
  });
  const start = () => {
    const controller = new AbortController();
    setDone(0);
    setStopping(controller);
    download.mutate(controller);
  };
  return (
    <>
      {download.isPending ? (
        <button type="button" onClick={() => stopping?.abort()}>
          Stop at {counted(done, 'event')}
        </button>
      ) : (
        <button type="button" onClick={start}>
          Download as NDJSON
        </button>
      )}
      {download.error && !stopping?.signal.aborted && <Problem error={download.error} />}
    </>
  );
}

function save(name: string, lines: readonly string[]): void {
  const address = URL.createObjectURL(new Blob([...lines], { type: 'application/x-ndjson' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
