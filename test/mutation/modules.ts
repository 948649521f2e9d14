/** Which modules are mutated, and the tests that have to notice: few and quick, since each mutant runs them. */

/** By module; none named: the test beside it alone. */
const tests: Readonly<Record<string, readonly string[]>> = {
  'core/advance.ts': [],
  'core/saga-steps.ts': [],
  'core/saga-aggregate.ts': ['core/saga.test.ts'],
  'core/saga-transition.ts': ['core/saga.test.ts', 'core/saga-aggregate.test.ts'],
  'core/saga-instance.ts': ['core/saga.test.ts', 'core/saga-aggregate.test.ts'],
  'core/live-difference.ts': [],
  'core/decision.ts': [],
  'core/aggregate.ts': [],
  'core/cell.ts': ['core/row-change.test.ts'],
  'core/row-change.ts': ['core/memory-rows.test.ts'],
  'core/fold-changes.ts': ['core/row-change.test.ts', 'core/memory-rows.test.ts'],
  'core/plan-batch.ts': ['core/advance.test.ts'],
  'core/build.ts': [],
  'core/generation.ts': [],
  'core/handle-event.ts': [],
  'core/memory-rows.ts': ['core/row-change.test.ts'],
  'core/hops.ts': [],
  'core/scan-json.ts': [],
  'core/event.ts': ['core/aggregate.test.ts'],
  'core/effect.ts': [],
  'core/stream.ts': [],
  'core/projection.ts': [],
  'core/reactor.ts': [],
  'core/saga.ts': ['core/saga-aggregate.test.ts'],
  'core/table.ts': ['core/projection.test.ts', 'core/row-change.test.ts'],
  'core/app.ts': [],
  'core/json.ts': [],
  'core/spread.ts': [],
};

export const modules: readonly string[] = Object.keys(tests);

export function testsOf(module: string): string[] {
  return [module.replace(/\.ts$/, '.test.ts'), ...(tests[module] ?? [])];
}
