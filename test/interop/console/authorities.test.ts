import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserTool, openConsole, type RunningConsole } from './open-console.ts';

describe.skipIf(browserTool.missing)(browserTool.title('authorities in the console'), () => {
  let server: RunningConsole;

  beforeAll(async () => {
    server = await openConsole();
  });
  afterAll(() => server?.stop());

  it('creates a CA by keyboard, looks at its CRL, re-keys, disables and revokes it', async () => {
    const { page, signIn, goTo, findProblems, close } = await server.open();
    await signIn();
    await goTo('/authorities');
    expect(await findProblems()).toEqual([]);
    await page.getByRole('link', { name: 'Add an authority' }).press('Enter');
    await page.getByLabel('Name', { exact: true }).fill('Issuing CA');
    await page.getByLabel('Subject').fill('CN=Console Issuing CA');
    await page.getByLabel('Names that it may certify').fill('corp.example 10.0.0.0/8');
    expect(await findProblems()).toEqual([]);
    await page.getByLabel('Subject').press('Enter');
    await page.getByRole('heading', { name: 'Issuing CA' }).waitFor();
    await page.getByText('corp.example, 10.0.0.0/8').waitFor();
    await page.getByRole('button', { name: 'Look at the CRL' }).press('Enter');
    await page.getByText('Next update').waitFor();
    expect(await findProblems()).toEqual([]);

    const act = async (name: string, action = name) => {
      await page.getByRole('button', { name, exact: true }).first().press('Enter');
      await page.getByRole('dialog').waitFor();
      expect(await findProblems()).toEqual([]);
      await page.getByRole('dialog').getByRole('button', { name: action }).press('Enter');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    };
    await act('Re-key');
    await page.getByText('signs now').waitFor();
    expect(await page.locator('tbody tr').count()).toBeGreaterThanOrEqual(2);
    await act('Change settings', 'Save');
    await act('Disable');
    await act('Enable');
    await page.getByRole('button', { name: 'Revoke', exact: true }).press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Another CA replaces it').check();
    expect(await findProblems()).toEqual([]);
    await dialog.getByRole('button', { name: 'Revoke' }).press('Enter');
    await dialog.waitFor({ state: 'detached' });
    await page.getByText('Revoked').first().waitFor();
    const { events } = Object(
      await server.send('/api/v1/audit?action=authority.revoke&order=newest'),
    );
    expect(JSON.stringify(events)).toContain('superseded');
    expect(await findProblems()).toEqual([]);
    await close();
  });

  it('shows the tree, and asks a CA elsewhere, in Chinese on a phone', async () => {
    const { page, signIn, goTo, findProblems, close } = await server.open({
      locale: 'zh-CN',
      viewport: { width: 390, height: 844 },
    });
    await signIn();
    await goTo('/authorities/add');
    await page.getByText('外部 CA 之下的 CA').click();
    await page.getByLabel('名称', { exact: true }).fill('pending one');
    await page.getByLabel('主题').fill('CN=Pending CA');
    await page.locator('form button[type=submit]').click();
    await page.getByText('-----BEGIN CERTIFICATE REQUEST-----').waitFor();
    expect(await findProblems()).toEqual([]);
    await goTo('/authorities');
    await page.getByRole('link', { name: 'pending one' }).waitFor();
    expect(await findProblems()).toEqual([]);
    await close();
  });
});
