import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserTool, type OpenPage, openConsole, type RunningConsole } from './open-console.ts';

describe.skipIf(browserTool.missing)(browserTool.title('access in the console'), () => {
  let server: RunningConsole;

  beforeAll(async () => {
    server = await openConsole();
  });
  afterAll(() => server?.stop());

  it('makes a policy and an access key with it by keyboard, which can sign in', async () => {
    const { page, signIn, goTo, findProblems, close } = await server.open();
    await signIn();
    await goTo('/access/policies');
    await page.getByRole('button', { name: 'New policy' }).press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name', { exact: true }).fill('<b>web team</b>');
    await dialog.getByLabel('DNS names').fill('*.web.example');
    expect(await findProblems()).toEqual([]);
    await dialog.getByRole('button', { name: 'Add' }).press('Enter');
    await page.getByText('<b>web team</b>').waitFor();
    const row = page.locator('tbody tr', { hasText: 'web team' });
    const policyId = (await row.locator('.code-text').textContent()) ?? '';
    expect(await findProblems()).toEqual([]);

    await row.getByRole('button', { name: 'Try it' }).press('Enter');
    await dialog.getByLabel('Names').fill('a.web.example other.test');
    await dialog.getByRole('button', { name: 'Try it' }).press('Enter');
    await dialog.getByText('Refused').waitFor();
    expect(await dialog.locator('.changes').textContent()).toContain('other.test');
    expect(await findProblems()).toEqual([]);
    await page.keyboard.press('Escape');
    // Until it is gone, it may take the focus, and with it the next key.
    await dialog.waitFor({ state: 'detached' });

    await page.getByRole('link', { name: 'Access keys' }).press('Enter');
    await page.getByRole('button', { name: 'New access key' }).press('Enter');
    await dialog.getByLabel('Name', { exact: true }).fill('web');
    await dialog.getByLabel('Policy').selectOption(policyId);
    await dialog.getByRole('button', { name: 'Add' }).press('Enter');
    await dialog.getByText('Copy it now').waitFor();
    const [id = '', secret = ''] = await dialog.locator('pre').allTextContents();
    expect(await findProblems()).toEqual([]);
    await dialog.getByRole('button', { name: 'Close' }).press('Enter');
    expect(await page.locator('main').textContent()).not.toContain(secret);
    await page.getByRole('button', { name: 'Change: web' }).press('Enter');
    expect(await dialog.getByLabel('Policy').inputValue()).toBe(policyId);
    await dialog.getByLabel('Scopes').fill('certificates:Issue');
    expect(await findProblems()).toEqual([]);
    await dialog.getByRole('button', { name: 'Save' }).press('Enter');
    await dialog.waitFor({ state: 'detached' });
    expect(await server.send(`/api/v1/access-keys/${id}`)).toMatchObject({
      name: 'web',
      scopes: ['certificates:Issue'],
      policyId,
    });
    await close();

    const other = await server.open();
    await other.signIn({ id, secret });
    await other.goTo('/issue');
    await other.page.getByLabel('Names').fill('other.test');
    await other.page.getByRole('button', { name: 'Preview' }).click();
    await other.page.getByRole('alert').waitFor();
    expect(await other.page.getByRole('alert').textContent()).toContain('web team');
    expect(await other.findProblems()).toEqual([]);
    await other.close();
  });

  it('manages accounts and EAB keys by mouse, in Chinese on a phone', async () => {
    const policy = await server.send('/api/v1/policies', { name: 'acme', rules: {} });
    const { page, signIn, goTo, findProblems, close } = await server.open({
      locale: 'zh-CN',
      colorScheme: 'dark',
      viewport: { width: 390, height: 844 },
    });
    await signIn();
    const dialog = page.getByRole('dialog');
    await goTo('/access/accounts');
    await page.getByRole('button', { name: '新建账户' }).click();
    await dialog.getByLabel('名称', { exact: true }).fill('团队');
    await dialog.getByRole('button', { name: '添加' }).click();
    const row = page.locator('tbody tr', { hasText: '团队' });
    await row.getByRole('button', { name: '更改' }).click();
    await dialog.getByLabel('证书库数量上限').fill('many');
    await dialog.getByRole('button', { name: '保存' }).click();
    await dialog.getByRole('alert').waitFor();
    expect(await findProblems()).toEqual([]);
    await dialog.getByLabel('证书库数量上限').fill('7');
    await dialog.getByRole('button', { name: '保存' }).click();
    await dialog.waitFor({ state: 'detached' });
    const { accounts } = Object(await server.send('/api/v1/accounts'));
    expect(accounts).toContainEqual(
      expect.objectContaining({ name: '团队', inventoryQuota: 7, authorityQuota: null }),
    );
    await row.getByRole('button', { name: '删除' }).click();
    expect(await findProblems()).toEqual([]);
    await dialog.getByRole('button', { name: '删除' }).click();
    await row.waitFor({ state: 'detached' });
    await goTo('/access/eabKeys');
    await page.getByRole('button', { name: '新建 EAB 密钥' }).click();
    await dialog.getByLabel('名称', { exact: true }).fill('certbot');
    await dialog.getByLabel('策略').selectOption(String(Reflect.get(Object(policy), 'id')));
    await dialog.getByRole('button', { name: '添加' }).click();
    await dialog.locator('pre').nth(1).waitFor();
    expect(await findProblems()).toEqual([]);
    await dialog.getByRole('button', { name: '关闭' }).click();
    await page.locator('tbody').getByRole('button', { name: '停用' }).click();
    await page.getByText('已停用').waitFor();
    await goTo('/access/acmeAccounts');
    expect(await findProblems()).toEqual([]);
    await close();
  });

  it.each([
    { locale: 'en', end: 'End: web <b>', others: 'End all others', current: 'This session' },
    {
      ...({ locale: 'zh-CN', colorScheme: 'dark', viewport: { width: 390, height: 844 } } as const),
      ...{ end: '结束：web <b>', others: '结束所有其他会话', current: '当前会话' },
    },
  ])('lists sessions, ends one by keyboard and all others by mouse ($locale)', async (shown) => {
    const { end, others, current, ...options } = shown;
    const key = Object(
      await server.send('/api/v1/access-keys', { name: 'web <b>', scopes: ['policies:Read'] }),
    );
    const [first, second, third] = [await server.open(), await server.open(), await server.open()];
    await first.signIn({ id: String(key.id), secret: String(key.secret) });
    const { page, signIn, goTo, findProblems, close } = await server.open(options);
    await signIn();
    await goTo('/access/sessions');
    const rows = page.locator('tbody tr');
    const ofKey = rows.filter({ hasText: String(key.id) });
    await ofKey.waitFor();
    expect(await ofKey.textContent()).toContain('127.0.0.1');
    const own = rows.filter({ hasText: current });
    expect(await own.textContent()).toContain(server.rootKey.id);
    expect(await own.getByRole('button').count()).toBe(0);
    expect(await findProblems()).toEqual([]);

    const dialog = page.getByRole('dialog');
    const submit = dialog.locator('button[type=submit]');
    await ofKey.getByRole('button', { name: end }).press('Enter');
    expect(await dialog.textContent()).toContain('web <b>');
    expect(await findProblems()).toEqual([]);
    await submit.press('Enter');
    await ofKey.waitFor({ state: 'detached' });
    await expectSignedOut(first);

    await second.signIn();
    await third.signIn();
    await page.reload();
    await page.getByRole('button', { name: others }).click();
    expect(await findProblems()).toEqual([]);
    await submit.click();
    await dialog.waitFor({ state: 'detached' });
    await own.waitFor();
    await expect.poll(() => rows.count()).toBe(1);
    expect(await page.getByRole('button', { name: others }).count()).toBe(0);
    for (const each of [second, third]) await expectSignedOut(each);
    expect(await findProblems()).toEqual([]);
    for (const each of [first, second, third]) await each.close();
    await close();
  });
});

/** The next request of the page is refused, so it shows the form to sign in. */
async function expectSignedOut({ page }: OpenPage): Promise<void> {
  await page.reload();
  await page.locator('input[type=password]').waitFor();
}
