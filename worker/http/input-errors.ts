/**
 * What a zod schema refused, as a failure with a JSON pointer to each place. Bounded: an input of a megabyte can be
 * wrong in a hundred thousand places, and the first of them are enough to correct it.
 */
import type * as z from 'zod';
import type { Failure, InputError } from '../../core/aggregate/outcome.ts';

/** Ours. */
const ERRORS_MAX = 50;

/** `at` is the path of the checked value in the whole input. */
export function invalidInput(error: z.ZodError, at = ''): Failure {
  return bounded(error.issues, (issue) => {
    const here = pointer(at, issue.path);
    if (issue.code !== 'unrecognized_keys') return [{ at: here, message: issue.message }];
    return firstOf(issue.keys).map((key) => ({
      at: pointer(here, [key]),
      message: 'This field is not known.',
    }));
  });
}

/** The same for parameters and headers: each is called by its name, `names` says which where that differs. */
export function invalidParameters(
  error: z.ZodError,
  names: Readonly<Record<string, string>> = {},
): Failure {
  const nameOf = (name: PropertyKey) => names[String(name)] ?? String(name);
  return bounded(error.issues, (issue) => {
    if (issue.code === 'unrecognized_keys') return firstOf(issue.keys).map(unknownParameter);
    return [{ at: issue.path.map(nameOf).join('.'), message: issue.message }];
  });
}

export function unknownParameter(at: string): InputError {
  return { at, message: 'This parameter is not known.' };
}

type Issue = z.core.$ZodIssue;

/** The first errors, and one that counts the others, which are not even put into words. */
function bounded(issues: readonly Issue[], errorsOf: (issue: Issue) => InputError[]): Failure {
  const errors = firstOf(firstOf(issues).flatMap(errorsOf));
  const omitted = issues.reduce((sum, issue) => sum + placesIn(issue), -errors.length);
  const rest = omitted > 0 ? [{ at: '', message: `And ${omitted} more.` }] : [];
  return { outcome: 'invalid', errors: [...errors, ...rest] };
}

function firstOf<One>(all: readonly One[]): One[] {
  return all.slice(0, ERRORS_MAX);
}

function placesIn(issue: Issue): number {
  return issue.code === 'unrecognized_keys' ? issue.keys.length : 1;
}

function pointer(at: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>((whole, part) => `${whole}/${escaped(String(part))}`, at);
}

/** RFC 6901. */
function escaped(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1');
}
