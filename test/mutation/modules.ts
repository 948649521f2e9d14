/** Which modules are mutated, and the tests that have to notice: few and quick, since each mutant runs them. */

/** By module; none named: the test beside it alone. */
const tests: Readonly<Record<string, readonly string[]>> = {
  'core/plan/plan-stream.ts': [],
  'core/process/saga-steps.ts': [],
  'core/process/saga-step.ts': ['core/process/saga-steps.test.ts'],
  'core/process/step-machine.ts': ['core/process/saga-steps.test.ts'],
  'core/process/per-source.ts': ['core/process/saga-steps.test.ts'],
  'core/process/saga-aggregate.ts': ['core/process/saga.test.ts'],
  'core/process/saga-transition.ts': [
    'core/process/saga.test.ts',
    'core/process/saga-aggregate.test.ts',
  ],
  'core/process/saga-instance.ts': [
    'core/process/saga.test.ts',
    'core/process/saga-aggregate.test.ts',
  ],
  'core/live/live-difference.ts': [],
  'core/aggregate/decision.ts': [],
  'core/aggregate/aggregate.ts': [],
  'core/projection/cell.ts': ['core/projection/row-change.test.ts'],
  'core/projection/row-change.ts': ['core/projection/memory-rows.test.ts'],
  'core/projection/fold-changes.ts': [
    'core/projection/row-change.test.ts',
    'core/projection/memory-rows.test.ts',
  ],
  'core/values/compare-values.ts': ['core/projection/row-change.test.ts'],
  'core/plan/plan-batch.ts': ['core/plan/plan-stream.test.ts'],
  'core/plan/plan-catch-up.ts': [],
  'core/plan/projection-version.ts': [],
  'core/plan/handle-event.ts': [],
  'core/projection/memory-rows.ts': ['core/projection/row-change.test.ts'],
  'core/process/hops.ts': [],
  'core/values/scan-json.ts': [],
  'core/aggregate/event.ts': ['core/aggregate/aggregate.test.ts'],
  'core/process/effect.ts': [],
  'core/aggregate/stream.ts': [],
  'core/projection/define-projection.ts': ['core/projection/projection.test.ts'],
  'core/projection/projection-query.ts': ['core/projection/projection.test.ts'],
  'core/process/reactor.ts': [],
  'core/process/saga.ts': ['core/process/saga-aggregate.test.ts'],
  'core/projection/table.ts': [
    'core/projection/projection.test.ts',
    'core/projection/row-change.test.ts',
  ],
  'core/app.ts': [],
  'core/values/json.ts': [],
  'core/values/jitter.ts': [],
};

export const modules: readonly string[] = Object.keys(tests);

export function testsOf(module: string): string[] {
  return [module.replace(/\.ts$/, '.test.ts'), ...(tests[module] ?? [])];
}
