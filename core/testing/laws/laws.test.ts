/** Each law can fail: an app is planted that breaks it, and one that breaks none. */
import fc from 'fast-check';
import { historiesOf, lawsOf } from 'ledge/testing';
import { describe, expect, test } from 'vitest';
import { type Flaws, pileApp } from '../../../test/controls/lawless.ts';

const SCHEMAS = 'pile: what is decided passes its schemas, and every state is JSON';
const UNCHANGED = 'pile: decide and evolve change nothing that they are given';
const REPEATED = 'pile: the same commands have the same events and states in any year';
const HANDLED = 'pile: projections, reactors and sagas handle its events and change none';
const LIFTED = 'pile: Piled@1 is lifted to the newest shape';

const push = ({ stones }: { stones: number[] }) => stones.push(1);
const fails = () => {
  throw new Error('It does not know this.');
};
let calls = 0;

function broken(flaws: Flaws): string[] {
  return lawsOf(pileApp(flaws), fc).flatMap(({ name, check }) => {
    try {
      check();
      return [];
    } catch {
      return [name];
    }
  });
}

test('LW2 a sound app keeps every law', () => {
  expect(lawsOf(pileApp(), fc).map(({ name }) => name)).toEqual([
    SCHEMAS,
    UNCHANGED,
    REPEATED,
    HANDLED,
    LIFTED,
  ]);
  expect(broken({})).toEqual([]);
});

describe('LW2 a law is broken by an app', () => {
  const cases: Record<string, readonly [Flaws, ...laws: string[]]> = {
    'that decides what its schema refuses': [{ decided: () => 7 }, SCHEMAS],
    'that decides a Date': [{ decided: () => new Date(0) }, SCHEMAS],
    'whose state is no JSON': [{ state: () => new Map() }, SCHEMAS],
    'whose decide changes its command': [{ decide: push }, SCHEMAS],
    'whose decide changes the state': [{ decideState: push }, UNCHANGED],
    'whose evolve changes the state': [{ evolve: push }, UNCHANGED],
    'whose evolve changes the event': [{ evolveEvent: push }, UNCHANGED],
    'that decides by the clock': [{ decided: () => new Date().toISOString() }, REPEATED],
    'that decides by another clock': [{ decided: () => String(Date.now()) }, REPEATED],
    'that decides by chance': [{ decided: () => String(Math.random()) }, REPEATED],
    'that evolves by the clock': [{ state: () => Date() }, REPEATED],
    'that counts outside of its state': [{ state: () => String(calls++) }, REPEATED],
    'whose projection changes its event': [{ project: push }, HANDLED],
    'whose projection throws': [{ project: fails }, HANDLED],
    'whose reactor changes its event': [{ react: push }, HANDLED],
    'whose saga changes its event': [{ start: push }, HANDLED],
    'whose upcaster changes its event': [{ upcast: push }, LIFTED],
    'whose upcaster makes what the schema refuses': [{ lifted: () => 7 }, LIFTED],
    'whose upcaster makes no JSON': [{ lifted: () => new Date(0) }, LIFTED],
  };
  test.each(Object.entries(cases))('%s', (_, [flaws, law]) => {
    expect(broken(flaws)).toContain(law);
  });

  test('and the history that breaks it is short', () => {
    const law = lawsOf(pileApp({ evolve: push }), fc).find(({ name }) => name === UNCHANGED);
    expect(law?.check).toThrow(
      /Counterexample: \[\[\{"name":"Pile","data":\{"stones":\[\]\}\}\]\]/,
    );
  });
});

test('LW3 after another year the clock is right, also when a law is broken', () => {
  const clock = Date;
  expect(broken({ state: fails })).not.toEqual([]);
  expect(Date).toBe(clock);
});

test('LW4 arbitraries that are passed make the commands, and a name that is not there is refused', () => {
  const app = pileApp();
  const [pile] = app.aggregates;
  const histories = historiesOf(pile, fc, { Pile: fc.constant({ stones: [5] }) });
  const [history] = fc.sample(
    histories.filter(({ commands }) => commands.length > 1),
    1,
  );
  expect(history?.states.at(-1)?.stones).toEqual(history?.commands.map(() => 5));
  expect(() => lawsOf(app, fc, { heap: {} })).toThrow(
    'There is no aggregate named heap, but: pile.',
  );
  expect(() => lawsOf(app, fc, { pile: { Heap: fc.constant(1) } })).toThrow(
    'There is no command of pile named Heap, but: Pile, Piled@1.',
  );
});
