/** A state in one word, whose colour says how well it is; the word alone says it, too. */

const tones: Readonly<Record<string, 'good' | 'busy' | 'bad'>> = {
  live: 'good',
  done: 'good',
  completed: 'good',
  accepted: 'good',
  active: 'good',
  building: 'busy',
  rebuilding: 'busy',
  running: 'busy',
  waiting: 'busy',
  compensating: 'busy',
  compensated: 'busy',
  compensation: 'busy',
  'in flight': 'busy',
  'waits for its next attempt': 'busy',
  redriving: 'busy',
  paused: 'busy',
  inactive: 'busy',
  stopped: 'bad',
  attention: 'bad',
  parked: 'bad',
  failed: 'bad',
  rejected: 'bad',
  undelivered: 'bad',
  expired: 'busy',
  refused: 'bad',
  revoked: 'bad',
};

export function Badge({ state }: { readonly state: string }) {
  return (
    <span className="badge" data-tone={tones[state] ?? 'plain'}>
      {state}
    </span>
  );
}
