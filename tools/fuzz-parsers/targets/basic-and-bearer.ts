import { authenticateSecret } from '../../../src/access/authenticate.ts';
import { ACCESS_KEY, ACCESS_KEYS } from '../access-keys.ts';
import { assertSame, assertTrue, attemptAsync } from '../oracle.ts';
import { readLatin1, readUtf8 } from '../text.ts';

export async function fuzz(data: Buffer): Promise<void> {
  for (const authorization of new Set([readLatin1(data), readUtf8(data)])) {
    const identity = await attemptAsync(() => authenticateSecret(authorization, ACCESS_KEYS));
    if (identity === null) continue;
    assertSame('who', identity.accessKeyId, ACCESS_KEY.id);
    const [scheme = '', token = ''] = authorization.trim().split(/ +/);
    const isBasic = scheme.toLowerCase() === 'basic';
    const text = isBasic ? Buffer.from(token, 'base64').toString() : token;
    const separator = isBasic ? ':' : '.';
    const right = `${ACCESS_KEY.id}${separator}${ACCESS_KEY.secret}`;
    assertTrue('accepted without the right secret', text === right);
  }
}
