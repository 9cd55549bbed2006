import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserTool, openConsole, type RunningConsole } from './open-console.ts';

describe.skipIf(browserTool.missing)(browserTool.title('administration in the console'), () => {
  let server: RunningConsole;

  beforeAll(async () => {
    server = await openConsole();
  });
  afterAll(() => server?.stop());

  it('filters, verifies and exports the audit record', async () => {
    await server.send('/api/v1/accounts', { name: 'first' });
    await server.send('/api/v1/accounts', { name: 'second' });
    await server.send('/api/v1/jobs/seal-audit', {});
    const { page, signIn, goTo, findProblems, close } = await server.open();
    await signIn();
    await goTo('/audit');
    await page.getByRole('button', { name: 'Verify' }).press('Enter');
    await page.getByText('The record is intact').waitFor();
    await page.getByLabel('Action').fill('account.create');
    await page.keyboard.press('Enter');
    await page.waitForURL(/action=account\.create/);
    // The rows of the former list may still be there.
    const others = page.locator('tbody tr').filter({ hasNotText: 'account.create' });
    await others.first().waitFor({ state: 'detached' });
    await page.locator('tbody tr').nth(1).waitFor();
    expect(await page.locator('tbody th').allTextContents()).toEqual([
      'account.create',
      'account.create',
    ]);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export as NDJSON' }).click(),
    ]);
    const lines = readFileSync(await download.path(), 'utf8')
      .trim()
      .split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { action: 'account.create', outcome: 'done' },
      { action: 'account.create', outcome: 'done' },
    ]);
    expect(await findProblems()).toEqual([]);
    await close();
  });

  it('shows the health and runs a job', async () => {
    const { page, signIn, goTo, findProblems, close } = await server.open({ locale: 'zh-CN' });
    await signIn();
    await goTo('/health');
    expect(await page.locator('.badge-good').count()).toBe(4);
    await page.getByRole('button', { name: '立即运行：seal-audit' }).press('Enter');
    await page.getByText(/sealed/).waitFor();
    await page.getByRole('button', { name: '读取 CRL' }).press('Enter');
    await page.getByRole('link', { name: 'default' }).waitFor();
    expect(await page.locator('.badge-good').allTextContents()).toContain('最新');
    expect(await findProblems()).toEqual([]);
    await close();
  });

  it('hides from other accounts what they may not do', async () => {
    const account = await server.send('/api/v1/accounts', { name: 'a team' });
    const key = await server.send('/api/v1/access-keys', {
      name: 'reader',
      scopes: ['certificates:Read', 'accounts:Manage'],
      accountId: Reflect.get(Object(account), 'id'),
    });
    const { page, signIn, goTo, findProblems, close } = await server.open();
    await signIn({
      id: String(Reflect.get(Object(key), 'id')),
      secret: String(Reflect.get(Object(key), 'secret')),
    });
    const links = await page.getByRole('navigation').getByRole('link').allTextContents();
    expect(links).toContain('Certificates');
    expect(links).not.toContain('Issue');
    expect(links).not.toContain('Audit');
    expect(links).not.toContain('Health');
    await goTo('/audit');
    await page.getByText('may not use this page').waitFor();
    expect(await findProblems()).toEqual([]);
    await close();
  });

  it('opens the first page that the access key may use', async () => {
    const key = await server.send('/api/v1/access-keys', {
      name: 'inventory only',
      scopes: ['inventory:Read'],
    });
    const { page, signIn, findProblems, close } = await server.open();
    await signIn({
      id: String(Reflect.get(Object(key), 'id')),
      secret: String(Reflect.get(Object(key), 'secret')),
    });
    await page.getByRole('link', { name: 'Expiry', exact: true }).waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Expiry');
    expect(await findProblems()).toEqual([]);
    await close();
  });

  it.each([
    [1440, 900],
    [390, 844],
  ])('fits every page into a window of %i pixels', async (width, height) => {
    const { page, signIn, goTo, findProblems, close } = await server.open({
      viewport: { width, height },
    });
    await signIn();
    const listLinks = (selector: string) =>
      page
        .locator(selector)
        .evaluateAll((all) => all.map((link) => String(link.getAttribute('href'))));
    const fragments = new Set(await listLinks('nav a'));
    expect(fragments.size).toBeGreaterThan(6);
    // The sections of a page join the set while it is read.
    for (const fragment of fragments) {
      await goTo(fragment.replace(/^#/, ''));
      for (const section of await listLinks('nav.tabs a')) fragments.add(section);
      const overflows = await page
        .locator('html, .table-frame')
        .evaluateAll((all) => all.map(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth));
      expect([fragment, Math.max(...overflows)]).toEqual([fragment, 0]);
    }
    expect(fragments).toContain('#/access/sessions');
    expect(await findProblems()).toEqual([]);
    await close();
  });

  it('fits the audit record on a phone', async () => {
    const { page, signIn, goTo, findProblems, close } = await server.open({
      viewport: { width: 390, height: 844 },
    });
    await signIn();
    await goTo('/audit');
    await page.locator('tbody tr').first().waitFor();
    const overflow = await page
      .locator('.table-frame')
      .evaluate((frame) => frame.scrollWidth - frame.clientWidth);
    expect(overflow).toBe(0);
    expect(await findProblems()).toEqual([]);
    await close();
  });
});
