import { note } from '../context.ts';
import type { Route } from '../route.ts';
import { openAcmeAuthority } from './directory.ts';
import { formatTime } from './format-time.ts';
import { AUTHORITY, readParam } from './urls.ts';

/** When to ask again, in seconds. */
const RETRY_AFTER_SECONDS = 6 * 3600;

/** Answers when to renew a certificate (RFC 9773 section 4). Everybody may ask. */
export const RENEWAL_INFO: Route = {
  method: 'GET',
  path: `${AUTHORITY}/renewal-info/:certificate`,
  caller: 'anyone',
  handle: async (c) => {
    const authority = await openAcmeAuthority(c);
    const { startSeconds, endSeconds } = await c
      .get('services')
      .findAcmeRenewal(authority, readParam(c, 'certificate'));
    note(c, 'sent renewal information');
    return c.json(
      { suggestedWindow: { start: formatTime(startSeconds), end: formatTime(endSeconds) } },
      200,
      { 'Retry-After': String(RETRY_AFTER_SECONDS) },
    );
  },
};
