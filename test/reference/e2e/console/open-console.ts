/** The console in a browser, for the tests of this folder. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

const PATIENCE_MS = 15_000;

/** For `expect.poll`, whose default timeout is a second. */
export const patient = { timeout: PATIENCE_MS };

export interface OpenConsole {
  readonly page: Page;
  /** What the browser complained of, a refusal by the content security policy among it. */
  readonly complaints: readonly string[];
  /** Of every request, WebSockets included. */
  readonly origins: ReadonlySet<string>;
}

/** `prepare` runs before the page is loaded. */
export async function openConsole(
  browser: Browser,
  url: URL,
  path = '/console/',
  options: BrowserContextOptions = {},
  prepare: (page: Page) => Promise<unknown> = async () => undefined,
): Promise<OpenConsole> {
  const page = await (await browser.newContext(options)).newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const complaints: string[] = [];
  const origins = new Set<string>();
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => origins.add(new URL(request.url()).origin));
  await prepare(page);
  await page.goto(new URL(path, url).href);
  return { page, complaints, origins };
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds, as `rule: element`. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  // Evaluated by the debugger, which the policy of the page does not concern.
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { axe: tool } = globalThis as unknown as { axe: Axe };
    const { violations } = await tool.run();
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  });
}

interface Axe {
  run(): Promise<{
    readonly violations: readonly {
      readonly id: string;
      readonly nodes: readonly { readonly html: string }[];
    }[];
  }>;
}
