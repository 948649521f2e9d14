/** Starts the files that take minutes before the others: begun last, each would run alone, and a processor would wait. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const LONGEST = [
  'test/simulator/simulator.test.ts',
  'test/simulator/planted-faults.test.ts',
  'test/workers/restored-object.test.ts',
  'test/workers/queue-chaos.test.ts',
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const [long = [], short = []] = [true, false].map((wanted) =>
      sorted.filter(({ moduleId }) => LONGEST.some((file) => moduleId.endsWith(file)) === wanted),
    );
    return [...long, ...short];
  }
}
