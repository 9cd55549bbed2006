import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../tools.ts';
import { makeWorkDirectory } from '../work-directory.ts';
import { browserTool, openConsole, type RunningConsole } from './open-console.ts';

describe.skipIf(browserTool.missing)(browserTool.title('the inventory in the console'), () => {
  const dir = makeWorkDirectory();
  let server: RunningConsole;

  beforeAll(async () => {
    server = await openConsole();
    run('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-subj', '/CN=kept.example', '-addext', 'subjectAltName=DNS:kept.example'],
      ...['-days', '30', '-keyout', join(dir.path, 'key.pem'), '-out', join(dir.path, 'cert.pem')],
    ]);
  });
  afterAll(async () => {
    await server?.stop();
    dir.remove();
  });

  it('uploads by file, binds, reads the key and deletes', async () => {
    const { page, signIn, goTo, findProblems, close } = await server.open();
    await signIn();
    await goTo('/inventory');
    expect(await findProblems()).toEqual([]);
    await page.getByRole('button', { name: 'Add a certificate' }).press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('kept');
    await dialog.locator('input[type=file]').nth(0).setInputFiles(join(dir.path, 'cert.pem'));
    await dialog.locator('input[type=file]').nth(1).setInputFiles(join(dir.path, 'key.pem'));
    expect(await findProblems()).toEqual([]);
    await dialog.getByRole('button', { name: 'Add a certificate' }).press('Enter');
    await page.getByRole('heading', { name: 'kept' }).waitFor();
    await page.getByLabel('Service').fill('<i>cdn</i>');
    await page.getByLabel('Resource').fill('edge-1');
    await page.getByLabel('Resource').press('Enter');
    await page.getByText('<i>cdn</i>').waitFor();
    await page.getByText('neither deleted nor replaced').waitFor();
    expect(await page.getByRole('button', { name: 'Delete' }).count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Replace' }).count()).toBe(0);
    expect(await findProblems()).toEqual([]);

    await page.getByRole('button', { name: 'Save the private key' }).press('Enter');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      dialog.getByRole('button', { name: 'Save the private key' }).press('Enter'),
    ]);
    const publicKey = (path: string) => run('openssl', ['pkey', '-in', path, '-pubout']).stdout;
    expect(publicKey(await download.path())).toBe(publicKey(join(dir.path, 'key.pem')));
    await dialog.waitFor({ state: 'detached' });

    await page.getByRole('button', { name: 'Remove: <i>cdn</i>' }).press('Enter');
    await page.getByText('<i>cdn</i>').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Delete' }).press('Enter');
    await dialog.getByRole('button', { name: 'Delete' }).press('Enter');
    await page.getByRole('heading', { name: 'Inventory' }).waitFor();
    await page.getByText('Nothing here.').waitFor();
    await close();
  });

  it('shows what is refused, in Chinese on a phone', async () => {
    const { page, signIn, goTo, findProblems, close } = await server.open({
      locale: 'zh-CN',
      viewport: { width: 390, height: 844 },
    });
    await signIn();
    await goTo('/inventory');
    await page.getByRole('button', { name: '添加证书' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('名称').fill('no-key');
    await dialog.getByLabel('用途').selectOption('client');
    const overflow = await dialog.evaluate((box) => box.scrollWidth - box.clientWidth);
    expect(overflow).toBe(0);
    const pem = readFileSync(join(dir.path, 'cert.pem'), 'utf8').replace('M', '!');
    await dialog.getByRole('textbox', { name: '证书及其证书链' }).fill(pem);
    await dialog.getByRole('button', { name: '添加证书' }).click();
    await dialog.getByRole('alert').waitFor();
    expect(await findProblems()).toEqual([]);
    await close();
  });
});
