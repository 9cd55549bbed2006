import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { startLocalServer } from '../../scripts/local-server.ts';
import { PROJECT_DIR } from '../../scripts/project.ts';

/** `npm run screenshots`: runs the console with a few certificates and writes the pictures of docs/console.md. */

const IMAGES = join(PROJECT_DIR, 'docs', 'images');
const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const NAMES = ['shop', 'api', 'mail', 'vpn', 'db-1', 'db-2', 'build', 'grafana'];

interface Picture {
  readonly file: string;
  readonly options: BrowserContextOptions;
  readonly prepare: (page: Page) => Promise<void>;
}

const open = (fragment: string) => async (page: Page) => {
  await page.goto(`${new URL(page.url()).origin}/console/#${fragment}`);
};

async function openCertificate(page: Page): Promise<void> {
  await open('/certificates')(page);
  await page.locator('table a').first().click();
  await page.locator('.facts').first().waitFor();
}

async function previewIssuing(page: Page): Promise<void> {
  await open('/issue')(page);
  await page.locator('.page textarea').first().fill('www.corp.example\n10.0.0.5');
}

const PICTURES: readonly Picture[] = [
  {
    file: 'console-certificates.png',
    options: { viewport: DESKTOP },
    prepare: open('/certificates'),
  },
  { file: 'console-certificate.png', options: { viewport: DESKTOP }, prepare: openCertificate },
  {
    file: 'console-issue-dark.png',
    options: { viewport: DESKTOP, colorScheme: 'dark' },
    prepare: previewIssuing,
  },
  {
    file: 'console-authorities.png',
    options: { viewport: DESKTOP },
    prepare: open('/authorities'),
  },
  { file: 'console-audit.png', options: { viewport: DESKTOP }, prepare: open('/audit') },
  {
    file: 'console-phone.png',
    options: { viewport: PHONE, colorScheme: 'dark' },
    prepare: open('/certificates'),
  },
  {
    file: 'console-phone-zh.png',
    options: { viewport: PHONE, locale: 'zh-CN' },
    prepare: open('/expiry'),
  },
];

const state = mkdtempSync(join(tmpdir(), 'signet-screenshots-'));
const server = await startLocalServer(state);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
try {
  const vars = parseEnv(readFileSync(join(state, '.dev.vars'), 'utf8'));
  const id = vars.ROOT_ACCESS_KEY_ID ?? '';
  const secret = vars.ROOT_ACCESS_KEY_SECRET ?? '';
  await issueCertificates(server.url, `Basic ${btoa(`${id}:${secret}`)}`);
  mkdirSync(IMAGES, { recursive: true });
  for (const { file, options, prepare } of PICTURES) {
    const context = await browser.newContext({ locale: 'en', ...options });
    const page = await context.newPage();
    await page.goto(`${server.url}/console/`);
    await page.locator('input[autocomplete=username]').fill(id);
    await page.locator('input[type=password]').fill(secret);
    await page.keyboard.press('Enter');
    await page.locator('.page').waitFor();
    await prepare(page);
    await page.waitForLoadState('networkidle');
    await page.screenshot({ path: join(IMAGES, file) });
    await context.close();
    console.log(file);
  }
} finally {
  await browser.close();
  await server.stop();
  rmSync(state, { recursive: true, force: true });
}

/** Certificates that expire at different times. The second one is revoked. */
async function issueCertificates(url: string, authorization: string): Promise<void> {
  const post = async (path: string, body: unknown): Promise<Record<string, unknown>> => {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { Authorization: authorization, Accept: 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
    const answer: Record<string, unknown> = await response.json();
    return answer;
  };
  for (const [index, name] of NAMES.entries()) {
    const csr = execFileSync('openssl', [
      ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-subj', `/CN=${name}.corp.example`, '-keyout', join(state, 'key.pem')],
    ]).toString();
    const { serial } = await post('/api/v1/certificates', {
      csr,
      validitySeconds: (index + 1) ** 2 * 5 * 86_400,
    });
    if (index === 1) {
      await post(`/api/v1/certificates/${String(serial)}/revoke`, { reason: 'superseded' });
    }
  }
}
