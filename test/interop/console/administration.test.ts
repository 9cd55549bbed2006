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
    await page.getByRole('alert').first().waitFor();
    expect(await findProblems()).toEqual([]);
    await close();
  });
});
