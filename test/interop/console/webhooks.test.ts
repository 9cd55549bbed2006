import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Listener, listen } from '../listen.ts';
import { browserTool, openConsole, type RunningConsole } from './open-console.ts';

describe.skipIf(browserTool.missing)(browserTool.title('webhooks in the console'), () => {
  let server: RunningConsole;
  let receiver: Listener;
  let status = 204;
  const received: { readonly body: string; readonly headers: Record<string, string> }[] = [];

  beforeAll(async () => {
    server = await openConsole(['ALLOW_PRIVATE_ADDRESSES=true']);
    receiver = await listen(
      createServer((request, response) => {
        let body = '';
        request.on('data', (part) => {
          body += String(part);
        });
        request.on('end', () => {
          const headers = Object.entries(request.headers).map(([name, value]) => [
            name,
            String(value),
          ]);
          received.push({ body, headers: Object.fromEntries(headers) });
          response.writeHead(status).end();
        });
      }),
    );
  });
  afterAll(async () => {
    await receiver?.stop();
    await server?.stop();
  });

  it('makes, tests, changes, disables and deletes a webhook', async () => {
    const { page, signIn, goTo, findProblems, close } = await server.open();
    await signIn();
    await goTo('/webhooks');
    expect(await findProblems()).toEqual([]);
    await page.getByRole('button', { name: 'New webhook' }).press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Name' }).fill('<b>mail</b>');
    await dialog.getByLabel('URL').fill(`http://127.0.0.1:${receiver.port}/`);
    await dialog.getByLabel('certificate.expiring').press('Space');
    expect(await findProblems()).toEqual([]);
    await dialog.getByRole('button', { name: 'Add' }).press('Enter');
    const shown = dialog.getByText(/^whsec_/);
    const secret = (await shown.textContent()) ?? '';
    await dialog.getByRole('button', { name: 'Close' }).press('Enter');
    await page.getByRole('heading', { name: '<b>mail</b>' }).waitFor();

    await page.getByRole('button', { name: 'Send a test event' }).press('Enter');
    const reload = page.getByRole('button', { name: 'Load again' });
    await expect
      .poll(
        async () => {
          await Promise.all([page.waitForResponse(/\/deliveries/), reload.press('Enter')]);
          await page.locator('.load[aria-busy=true]').waitFor({ state: 'detached' });
          return page.getByRole('table').getByText('Delivered').count();
        },
        { timeout: 60_000, interval: 500 },
      )
      .toBe(1);
    const [delivery] = received;
    const event = new Webhook(secret).verify(delivery?.body ?? '', delivery?.headers ?? {});
    expect(event).toMatchObject({ type: 'webhook.test' });
    expect(await findProblems()).toEqual([]);

    const count = received.length;
    await page.getByRole('button', { name: /^Send again/ }).press('Enter');
    await expect.poll(() => received.length, { timeout: 60_000 }).toBe(count + 1);
    expect(received.at(-1)?.headers['webhook-id']).toBe(delivery?.headers['webhook-id']);

    await page.getByRole('button', { name: 'Replace the secret' }).press('Enter');
    await dialog.getByRole('button', { name: 'Replace the secret' }).press('Enter');
    await shown.waitFor();
    expect(await shown.textContent()).not.toBe(secret);
    await dialog.getByRole('button', { name: 'Close' }).press('Enter');

    await page.getByRole('button', { name: 'Change' }).press('Enter');
    expect(await dialog.getByLabel('certificate.expiring').isChecked()).toBe(true);
    await dialog.getByLabel('certificate.revoked').press('Space');
    await dialog.getByRole('button', { name: 'Save' }).press('Enter');
    await page.getByText('certificate.expiring, certificate.revoked').waitFor();

    await page.getByRole('button', { name: 'Disable' }).press('Enter');
    await page.getByRole('button', { name: 'Enable' }).waitFor();
    expect(await page.getByRole('button', { name: 'Send a test event' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Delete' }).press('Enter');
    await dialog.getByRole('button', { name: 'Delete' }).press('Enter');
    await page.getByText('Nothing here.').waitFor();
    await close();
  });

  it('shows a failed delivery, in Chinese on a phone', async () => {
    status = 503;
    const { page, signIn, goTo, findProblems, close } = await server.open({
      locale: 'zh-CN',
      viewport: { width: 390, height: 844 },
    });
    await signIn();
    await goTo('/webhooks');
    await page.getByRole('button', { name: '新建 Webhook' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: '名称' }).fill('busy');
    await dialog.getByLabel('URL').fill(`http://127.0.0.1:${receiver.port}/`);
    const overflow = await dialog.evaluate((box) => box.scrollWidth - box.clientWidth);
    expect(overflow).toBe(0);
    await dialog.getByRole('button', { name: '添加' }).click();
    await dialog.getByText(/^whsec_/).waitFor();
    await dialog.getByRole('button', { name: '关闭' }).click();
    await page.getByRole('button', { name: '发送测试事件' }).click();
    await expect
      .poll(
        async () => {
          await Promise.all([
            page.waitForResponse(/\/deliveries/),
            page.getByRole('button', { name: '重新加载' }).click(),
          ]);
          await page.locator('.load[aria-busy=true]').waitFor({ state: 'detached' });
          return page.getByText('503').count();
        },
        { timeout: 60_000, interval: 500 },
      )
      .toBeGreaterThan(0);
    await page.getByLabel('状态').selectOption('retrying');
    await page.getByText('503').first().waitFor();
    expect(await findProblems()).toEqual([]);
    await close();
  });
});
