/** A browser and a server for the tests of a file. They skip, and say so, where there is no Chromium. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { type Served, serveLedge } from './serve.ts';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
  .concat(process.env.CHROMIUM ?? [])
  .findLast(existsSync);
export const hasChromium = executablePath !== undefined;
if (!hasChromium) console.warn('No page is opened: CHROMIUM names no browser.');

export function launch(): Promise<Browser> {
  return chromium.launch({
    ...(executablePath && { executablePath }),
    args: ['--no-sandbox'],
  });
}

const START_MS_MAX = 120_000;

export interface BrowsedServer {
  readonly url: URL;
  readonly browser: Browser;
}

/** `prepare` runs before the first test. */
export function useBrowser(
  prepare: (url: URL) => Promise<unknown> = async () => undefined,
  serve: () => Promise<Served> = () => serveLedge(),
): BrowsedServer {
  let ledge: Served;
  let browser: Browser;
  if (hasChromium) {
    beforeAll(async () => {
      ledge = await serve();
      browser = await launch();
      await prepare(ledge.url);
    }, START_MS_MAX);
    afterAll(async () => {
      await browser.close();
      await ledge.server.close();
    });
  }
  return {
    get url() {
      return ledge.url;
    },
    get browser() {
      return browser;
    },
  };
}
