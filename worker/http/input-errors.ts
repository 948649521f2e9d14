/** Says what a zod schema did not like, as a failure with a JSON pointer to each place. */
import type { z } from 'zod';
import type { Failure, InputError } from '../../core/outcome.ts';

/** `at` is where the checked value stands in the whole input. */
export function invalidInput(error: z.ZodError, at = ''): Failure {
  return { outcome: 'invalid', errors: error.issues.flatMap((issue) => errorsOf(issue, at)) };
}

/** The same for parameters and headers: each is called by its name, `names` says which where that differs. */
export function invalidParameters(
  error: z.ZodError,
  names: Readonly<Record<string, string>> = {},
): Failure {
  const nameOf = (name: PropertyKey) => names[String(name)] ?? String(name);
  const errors = error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') {
      return [{ at: issue.path.map(nameOf).join('.'), message: issue.message }];
    }
    return issue.keys.map((at) => ({ at, message: 'This parameter is not known.' }));
  });
  return { outcome: 'invalid', errors };
}

function errorsOf(issue: z.core.$ZodIssue, at: string): InputError[] {
  const here = pointer(at, issue.path);
  if (issue.code !== 'unrecognized_keys') return [{ at: here, message: issue.message }];
  return issue.keys.map((key) => ({
    at: pointer(here, [key]),
    message: 'This field is not known.',
  }));
}

function pointer(at: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>((whole, part) => `${whole}/${escaped(String(part))}`, at);
}

/** RFC 6901. */
function escaped(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1');
}
