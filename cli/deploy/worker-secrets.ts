/** The names of the secrets that the deployed Worker has. */
import type { WranglerRun } from './run-wrangler.ts';

/** `text`: why they cannot be read, in wrangler's words. A Worker that was never deployed has none to list. */
export async function workerSecretNames(
  run: WranglerRun,
): Promise<{ readonly names: ReadonlySet<string> } | { readonly text: string }> {
  const { code, stdout, text } = await run(['secret', 'list'], 'pipe');
  if (code !== 0) return { text };
  const secrets: { readonly name: string }[] = JSON.parse(stdout);
  return { names: new Set(secrets.map(({ name }) => name)) };
}
