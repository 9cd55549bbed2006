import { describe, expect, it } from 'vitest';
import { authenticateSecret } from '../../src/access/authenticate.ts';
import { ACCESS_KEY, openSecrets, ROOT_KEY } from './secrets-fixture.ts';

function basic(text: string): string {
  return `Basic ${new TextEncoder().encode(text).toBase64()}`;
}

const ROOT = { accessKeyId: ROOT_KEY.id, accountId: 'root', root: true };
const OTHER = { accessKeyId: ACCESS_KEY.id, accountId: ACCESS_KEY.accountId, root: false };

describe('authenticateSecret', () => {
  it.each([
    ['the root key by Basic, with a colon and UTF-8', basic('root.key:päss:word'), ROOT],
    ['the name of the scheme in any case', basic('root.key:päss:word').replace('Ba', 'bA'), ROOT],
    ['spaces around the credentials', `Basic   ${basic('root.key:päss:word').slice(6)}  `, ROOT],
    ['an access key by Basic', basic(`${ACCESS_KEY.id}:${ACCESS_KEY.secret}`), OTHER],
    ['an access key as Bearer', `Bearer ${ACCESS_KEY.id}.${ACCESS_KEY.secret}`, OTHER],
    ['Bearer in any case', `bEARER ${ACCESS_KEY.id}.${ACCESS_KEY.secret}`, OTHER],
  ])('takes %s', async (_, authorization, identity) => {
    const { secrets } = await openSecrets();
    expect(await authenticateSecret(authorization, secrets)).toEqual(identity);
  });

  it('accepts the root key as Bearer if its id has dots', async () => {
    const { secrets } = await openSecrets({ id: 'root.key', secret: 'dots.in.it.as.well' });
    expect(await authenticateSecret('Bearer root.key.dots.in.it.as.well', secrets)).toEqual(ROOT);
  });

  it.each([
    ['no header', null],
    ['an empty header', ''],
    ['another scheme', 'Digest abc'],
    ['no credentials', 'Basic '],
    ['broken base64', 'Basic abc'],
    ['what is no base64', 'Basic a-_b'],
    ['bytes that are no UTF-8', `Basic ${Uint8Array.of(0xff, 0x3a).toBase64()}`],
    ['no colon', basic('root.key')],
    ['a wrong secret', basic('root.key:wrong')],
    ['a wrong id', basic('root.kez:päss:word')],
    ['an empty secret', basic('root.key:')],
    ['more behind the secret', basic('root.key:päss:word ')],
    ['the secret of another key', basic(`${ACCESS_KEY.id}:päss:word`)],
    ['an access key without its secret', basic(`${ACCESS_KEY.id}:`)],
    ['Bearer without a dot', `Bearer ${ACCESS_KEY.id}`],
    ['Bearer with a wrong secret', `Bearer ${ACCESS_KEY.id}.wrong`],
    ['Bearer with two tokens', `Bearer ${ACCESS_KEY.id}.${ACCESS_KEY.secret} more`],
    ['an unknown id', basic(`ak-unknown:${ACCESS_KEY.secret}`)],
    ['an id of the longest header', basic(`${'a'.repeat(8000)}:x`)],
  ])('refuses %s', async (_, authorization) => {
    const { secrets } = await openSecrets();
    await expect(authenticateSecret(authorization, secrets)).rejects.toMatchObject({
      code: 'unauthenticated',
    });
  });

  it('refuses the root key if none is configured', async () => {
    const { secrets } = await openSecrets(null);
    for (const text of [':', 'root.key:päss:word', '']) {
      await expect(authenticateSecret(basic(text), secrets)).rejects.toMatchObject({
        code: 'unauthenticated',
      });
    }
  });

  it('answers a wrong id like a wrong secret, with the same work of database and sealer', async () => {
    const { secrets, operations } = await openSecrets();
    const seen: unknown[] = [];
    for (const id of ['ak-unknown', ACCESS_KEY.id]) {
      for (let attempt = 0; attempt < 2; attempt++) {
        operations.length = 0;
        const refusal = await authenticateSecret(basic(`${id}:wrong`), secrets).catch(String);
        // The substitute is sealed once in the life of an isolate.
        const usual = operations.filter((operation) => operation !== 'seal');
        seen.push([attempt, refusal, usual]);
      }
    }
    expect(seen.slice(0, 2)).toEqual(seen.slice(2));
    expect(seen[0]).toEqual([0, expect.stringContaining('is wrong'), ['find', 'open']]);
    expect(seen[1]).toEqual([1, expect.stringContaining('is wrong'), []]);
  });
});
