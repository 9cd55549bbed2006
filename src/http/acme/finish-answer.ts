import type { MiddlewareHandler } from 'hono';
import type { HttpEnv } from '../context.ts';
import { describeFailure } from '../context.ts';
import { directoryUrl } from './urls.ts';

/**
 * Gives every answer, errors too, a nonce for the next request (RFC 8555 section 6.5) and the link to
 * the directory (section 7.1). Without a nonce a client could not try again.
 */
export const finishAcmeAnswer: MiddlewareHandler<HttpEnv> = async (c, next) => {
  await next();
  const { headers } = c.res;
  headers.append('Link', `<${directoryUrl(c)}>;rel="index"`);
  try {
    headers.set('Replay-Nonce', await c.get('services').acmeNonces.make());
  } catch (error) {
    // The answer itself says what is wrong, or needs no nonce.
    const entry = c.get('logEntry');
    entry.error ??= describeFailure(error);
  }
};
