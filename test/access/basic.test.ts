import { describe, expect, it } from 'vitest';
import { authenticateBasic } from '../../src/access/basic.ts';

const KEY = { id: 'root-key', secret: 'päss:word' };

function header(text: string): string {
  return `Basic ${new TextEncoder().encode(text).toBase64()}`;
}

describe('authenticateBasic', () => {
  it('takes the root access key, with a colon and UTF-8 in its secret', async () => {
    expect(await authenticateBasic(header('root-key:päss:word'), KEY)).toEqual({
      accountId: 'root',
      actor: 'root-key',
      scopes: ['*'],
    });
  });

  it('takes the scheme in any case (RFC 9110 section 11.1)', async () => {
    const credentials = header('root-key:päss:word').replace('Basic', 'bASIC');
    expect((await authenticateBasic(credentials, KEY)).actor).toBe('root-key');
  });

  it.each([
    ['no header', null],
    ['another scheme', 'Bearer abc'],
    ['no credentials', 'Basic '],
    ['broken base64', 'Basic abc'],
    ['bytes that are no UTF-8', `Basic ${Uint8Array.of(0xff, 0x3a).toBase64()}`],
    ['no colon', header('root-key')],
    ['a wrong secret', header('root-key:wrong')],
    ['a wrong id', header('root-kez:päss:word')],
    ['an empty secret', header('root-key:')],
    ['more behind the secret', header('root-key:päss:word ')],
  ])('refuses %s', async (_, authorization) => {
    await expect(authenticateBasic(authorization, KEY)).rejects.toMatchObject({
      code: 'unauthenticated',
    });
  });

  it('refuses everything where no key is configured', async () => {
    for (const text of [':', 'root-key:päss:word', '']) {
      await expect(authenticateBasic(header(text), null)).rejects.toMatchObject({
        code: 'unauthenticated',
      });
    }
  });
});
