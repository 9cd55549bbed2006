import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { ensureDevVars } from '../../../scripts/dev-vars.ts';
import { startLocalServer } from '../../../scripts/local-server.ts';
import { requireTool } from '../tools.ts';

/** Debian's package; for `describe.skipIf`. */
export const browserTool = requireTool('chromium');

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export interface RunningConsole {
  /** Of the server, without a slash at the end. */
  readonly url: string;
  readonly rootKey: { readonly id: string; readonly secret: string };
  /** Sends a request as the root access key. */
  send(path: string, body?: unknown): Promise<unknown>;
  /** Opens the console in a browser without cookies, at the page to sign in. */
  open(options?: BrowserContextOptions): Promise<OpenPage>;
  stop(): Promise<void>;
}

export interface OpenPage {
  readonly page: Page;
  /** Signs in with the root access key, or with another one. */
  signIn(key?: { readonly id: string; readonly secret: string }): Promise<void>;
  goTo(fragment: string): Promise<void>;
  /**
   * Returns everything that is wrong with the page: violations of the Content-Security-Policy, errors of
   * scripts, and what axe finds. An empty array if nothing is.
   */
  findProblems(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/**
 * Runs `npm start` with an empty database, and a browser. Call `stop` in afterAll.
 * @param lines of the .dev.vars file, besides the secrets
 */
export async function openConsole(lines: readonly string[] = []): Promise<RunningConsole> {
  const state = mkdtempSync(join(tmpdir(), 'signet-console-'));
  const devVars = join(state, '.dev.vars');
  ensureDevVars(devVars);
  for (const line of lines) appendFileSync(devVars, `${line}\n`);
  const server = await startLocalServer(state);
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    // The sandbox of Chromium needs rights that a container lacks.
    args: ['--no-sandbox'],
  });
  const vars = parseEnv(readFileSync(devVars, 'utf8'));
  const rootKey = {
    id: vars.ROOT_ACCESS_KEY_ID ?? '',
    secret: vars.ROOT_ACCESS_KEY_SECRET ?? '',
  };
  return {
    url: server.url,
    rootKey,
    async send(path, body) {
      const response = await fetch(`${server.url}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          Authorization: `Basic ${btoa(`${rootKey.id}:${rootKey.secret}`)}`,
          Accept: 'application/json',
        },
        body: body === undefined ? null : JSON.stringify(body),
      });
      if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
      return response.status === 204 ? null : response.json();
    },
    open: (options = {}) => openPage(browser, server.url, rootKey, options),
    async stop() {
      await browser.close();
      await server.stop();
      rmSync(state, { recursive: true, force: true });
    },
  };
}

async function openPage(
  browser: Browser,
  url: string,
  rootKey: RunningConsole['rootKey'],
  options: BrowserContextOptions,
): Promise<OpenPage> {
  const context = await browser.newContext({
    locale: 'en',
    viewport: { width: 1440, height: 900 },
    ...options,
  });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(`error of a script: ${error.message}`));
  page.on('console', (message) => {
    // A refused request is reported as an error, too, but the page shows the refusal.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      problems.push(message.text());
    }
  });
  await page.goto(`${url}/console/`);
  return {
    page,
    async signIn(key = rootKey) {
      await page.locator('input[autocomplete=username]').fill(key.id);
      await page.locator('input[type=password]').fill(key.secret);
      await page.keyboard.press('Enter');
      await page.locator('.page').waitFor();
    },
    async goTo(fragment) {
      await page.goto(`${url}/console/#${fragment}`);
      await page.locator('.page').waitFor();
      await page.waitForLoadState('networkidle');
    },
    async findProblems() {
      await page.waitForLoadState('networkidle');
      const found: unknown = await page.evaluate(
        `${AXE}\naxe.run().then(({ violations }) => violations.map(
          ({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ').slice(0, 300)))`,
      );
      return [...problems, ...(Array.isArray(found) ? found.map(String) : ['axe did not run'])];
    },
    close: () => context.close(),
  };
}
