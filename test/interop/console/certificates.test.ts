import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../tools.ts';
import { makeWorkDirectory } from '../work-directory.ts';
import { browserTool, openConsole, type RunningConsole } from './open-console.ts';

/** Names that would run a script if a page did not show them as text. */
const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  '"><script>alert(1)</script>',
  "javascript:alert('1')",
  '{{constructor.constructor("alert(1)")()}}',
];

describe.skipIf(browserTool.missing)(browserTool.title('certificates in the console'), () => {
  const dir = makeWorkDirectory();
  let server: RunningConsole;

  beforeAll(async () => {
    server = await openConsole();
  });
  afterAll(async () => {
    await server?.stop();
    dir.remove();
  });

  function makeCsr(subject: string, san = 'DNS:www.corp.example'): string {
    const csr = join(dir.path, 'request.csr');
    run('openssl', [
      ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-utf8', '-subj', subject, '-addext', `subjectAltName=${san}`],
      ...['-keyout', join(dir.path, 'request.key'), '-out', csr],
    ]);
    return readFileSync(csr, 'utf8');
  }

  async function issue(subject: string, san?: string): Promise<string> {
    const answer = await server.send('/api/v1/certificates', { csr: makeCsr(subject, san) });
    return String(Reflect.get(Object(answer), 'serial'));
  }

  async function saveBy(page: Page, press: () => Promise<void>): Promise<string> {
    const [download] = await Promise.all([page.waitForEvent('download'), press()]);
    return download.path();
  }

  it('signs in by keyboard, refuses a wrong secret, and signs out', async () => {
    const { page, findProblems, close } = await server.open();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.type(server.rootKey.id);
    await page.keyboard.press('Tab');
    await page.keyboard.type('wrong');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    expect(await findProblems()).toEqual([]);
    await page.locator('input[type=password]').fill(server.rootKey.secret);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Certificates' }).waitFor();
    expect(await page.evaluate('document.cookie')).toBe('');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await close();
  });

  it('issues by keyboard with a key that is made in the page', async () => {
    const { page, signIn, goTo, findProblems, close } = await server.open();
    await signIn();
    await goTo('/issue');
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.postData() ?? ''));
    await page.getByLabel('Names').focus();
    await page.keyboard.type('made.corp.example\n10.0.0.7');
    await page.getByRole('button', { name: 'Preview' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('Nothing has been signed yet').waitFor();
    expect(await findProblems()).toEqual([]);
    expect(await server.send('/api/v1/certificates?dns=made.corp.example')).toMatchObject({
      certificates: [],
    });
    await page.getByRole('button', { name: 'Issue', exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('The certificate has been issued').waitFor();
    expect(await findProblems()).toEqual([]);

    const key = await saveBy(page, () =>
      page.getByRole('button', { name: 'Private key' }).press('Enter'),
    );
    const certificate = await saveBy(page, () =>
      page.getByRole('button', { name: 'Certificate (PEM)' }).press('Enter'),
    );
    await page.getByLabel('Password for PKCS#12').fill('a pass-word');
    const pkcs12 = await saveBy(page, () => page.keyboard.press('Enter'));
    const publicKey = run('openssl', ['pkey', '-in', key, '-pubout']).stdout;
    expect(run('openssl', ['x509', '-in', certificate, '-noout', '-pubkey']).stdout).toBe(
      publicKey,
    );
    const opened = run('openssl', [
      'pkcs12',
      '-in',
      pkcs12,
      '-passin',
      'pass:a pass-word',
      '-nodes',
    ]);
    const inside = dir.write('inside.pem', opened.stdout);
    expect(run('openssl', ['pkey', '-in', inside, '-pubout']).stdout).toBe(publicKey);
    expect(requests.join('')).not.toContain('PRIVATE KEY');
    await close();
  });

  it('shows why a request would be refused before anything is signed', async () => {
    const { page, signIn, goTo, findProblems, close } = await server.open();
    await signIn();
    await goTo('/issue');
    await page.getByText('I have a signing request').click();
    await page.getByLabel('Certificate signing request').fill('nonsense');
    await page.getByRole('button', { name: 'Preview' }).click();
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toMatch(/CSR/);
    expect(await findProblems()).toEqual([]);
    await close();
  });

  it('finds, shows, holds, releases and revokes by mouse, in Chinese, on a phone', async () => {
    const serial = await issue('/CN=phone.corp.example', 'DNS:phone.corp.example');
    const { page, signIn, findProblems, close } = await server.open({
      locale: 'zh-CN',
      colorScheme: 'dark',
      viewport: { width: 390, height: 844 },
    });
    expect(await findProblems()).toEqual([]);
    await signIn();
    await page.getByLabel('搜索').fill('*.corp.example');
    await page.getByRole('button', { name: '搜索' }).first().click();
    await page.getByRole('link', { name: 'phone.corp.example' }).click();
    await page.getByText(serial, { exact: true }).waitFor();
    expect(await findProblems()).toEqual([]);
    const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
    const confirm = (name: string) =>
      page.getByRole('dialog').getByRole('button', { name, exact: true }).click();
    await press('暂停使用');
    expect(await findProblems()).toEqual([]);
    await confirm('暂停使用');
    await press('恢复使用');
    await confirm('恢复使用');
    await press('吊销');
    expect(await findProblems()).toEqual([]);
    await page.getByText('私钥已经或可能已经泄露').click();
    await confirm('吊销');
    await page.getByText('keyCompromise').first().waitFor();
    expect(await server.send(`/api/v1/certificates/${serial}`)).toMatchObject({
      revocation: { reason: 'keyCompromise' },
    });
    expect(await findProblems()).toEqual([]);
    await close();
  });

  it('shows where a certificate is in use', async () => {
    const serial = await issue('/CN=used.corp.example', 'DNS:used.corp.example');
    const { page, signIn, goTo, findProblems, close } = await server.open();
    await signIn();
    await goTo(`/certificates/${serial}`);
    await page.getByText('It is not in the inventory').waitFor();
    const issued = await server.send(`/api/v1/certificates/${serial}`);
    const entry = await server.send('/api/v1/inventory', {
      name: 'used-here',
      certificate: Reflect.get(Object(issued), 'certificate'),
      privateKey: readFileSync(join(dir.path, 'request.key'), 'utf8'),
    });
    const id = String(Reflect.get(Object(entry), 'id'));
    await goTo('/certificates');
    await goTo(`/certificates/${serial}`);
    await page.getByText('Not bound to anything').waitFor();
    await page.getByRole('link', { name: 'used-here' }).press('Enter');
    await page.getByLabel('Service').fill('<i>cdn</i>');
    await page.getByLabel('Resource').fill('edge-1');
    await page.getByLabel('Resource').press('Enter');
    await page.getByText('<i>cdn</i>').waitFor();
    expect(page.url()).toContain(id);
    await goTo(`/certificates/${serial}`);
    await page.getByText('<i>cdn</i>: edge-1').waitFor();
    expect(await findProblems()).toEqual([]);
    await close();
  });

  it('revokes several at once', async () => {
    await issue('/CN=many.test', 'DNS:a.many.test');
    await issue('/CN=many.test', 'DNS:b.many.test');
    const { page, signIn, goTo, close } = await server.open();
    await signIn();
    await goTo('/certificates?dns=*.many.test');
    for (const box of await page.locator('.select-box').all()) await box.press('Space');
    await page.getByRole('button', { name: 'Revoke', exact: true }).press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).press('Enter');
    await page.locator('.badge-bad').nth(1).waitFor();
    expect(await page.locator('.badge').allInnerTexts()).toEqual(['Revoked', 'Revoked']);
    await close();
  });

  it('shows hostile names as text', async () => {
    for (const name of HOSTILE) await issue(`/CN=host.test/O=${name.replaceAll('/', '\\/')}`);
    const { page, signIn, goTo, findProblems, close } = await server.open();
    await signIn();
    await goTo('/certificates?text=host.test');
    const shown = await page.locator('.table').textContent();
    expect(shown).toContain('\\<img src=x onerror=alert(1)\\>');
    for (const row of await page.locator('tbody tr').all()) {
      expect(await row.locator('img, script').count()).toBe(0);
    }
    await page.locator('tbody a').first().click();
    await page.locator('.facts').first().waitFor();
    expect(await findProblems()).toEqual([]);
    await close();
  });

  it('shows what expires soon', async () => {
    await server.send('/api/v1/certificates', {
      csr: makeCsr('/CN=soon.test', 'DNS:soon.test'),
      validitySeconds: 3600,
    });
    const { page, signIn, goTo, findProblems, close } = await server.open();
    await signIn();
    await goTo('/expiry');
    await page.getByRole('link', { name: 'soon.test' }).waitFor();
    await page.getByRole('heading', { name: 'Within a day' }).waitFor();
    expect(await findProblems()).toEqual([]);
    await close();
  });
});
