import { array, description, type InferOutput, pipe, strictObject } from 'valibot';
import type { Session } from '../../../access/session-store.ts';
import type { OpenedSession } from '../../../access/sessions.ts';
import { SESSION_IDLE_SECONDS } from '../../../access/sessions.ts';
import { SignetError } from '../../../errors.ts';
import { type HttpContext, note } from '../../context.ts';
import {
  DONE,
  defineEndpoint,
  type Endpoint,
  jsonAnswer,
  jsonBody,
  jsonForm,
  PAGE_QUERY,
} from '../../endpoint.ts';
import { checkTransport } from '../../middleware/check-transport.ts';
import { moment, NEXT, named, text, textOrNull, texts, whole } from '../common/answer-fields.ts';
import { formatDateTime } from '../common/date-time.ts';
import { TEXT } from '../common/field-schemas.ts';
import { nextCursor, readPageRequest } from '../common/query.ts';
import { readJsonBody } from '../common/read-json.ts';
import {
  clearSessionCookie,
  hasSessionCookie,
  openSession,
  writeSessionCookie,
} from './session-cookie.ts';

const REQUEST = strictObject({ accessKeyId: TEXT, secret: TEXT });

const SESSION = named('Session', {
  id: text('`ses-` and 20 of A-Za-z0-9.'),
  accessKeyId: text('Id of the access key that it acts by.'),
  accountId: text('Id of the account that it acts for.'),
  scopes: texts('What the access key may do now.'),
  policyId: textOrNull('Id of the policy that bounds its certificates; null for none.'),
  createdAt: moment('When it began.'),
  expiresAt: moment('When it ends at the latest.'),
  idleSeconds: whole('It ends earlier after so many seconds without a request.'),
});

const EXAMPLE = {
  id: 'ses-5Jt0sYqkWb2vGm81xZcA',
  accessKeyId: 'ak-5Jt0sYqkWb2vGm81xZcA',
  accountId: 'acct-x31v0m8q2c7k',
  scopes: ['certificates:Read'],
  policyId: null,
  createdAt: '2026-11-26T08:00:00Z',
  expiresAt: '2026-11-26T20:00:00Z',
  idleSeconds: SESSION_IDLE_SECONDS,
};

async function describe(
  c: HttpContext,
  { session, identity }: OpenedSession,
): Promise<InferOutput<typeof SESSION>> {
  const { scopes, policyId } = await c.get('services').accessKeySecrets.readTerms(identity);
  return {
    id: session.id,
    accessKeyId: session.accessKeyId,
    accountId: session.accountId,
    scopes: [...scopes],
    policyId,
    createdAt: formatDateTime(session.createdAtSeconds),
    expiresAt: formatDateTime(session.expiresAtSeconds),
    idleSeconds: SESSION_IDLE_SECONDS,
  };
}

/** Finds the session that a new one replaces (OWASP ASVS 5.0 section 7.2.4). */
async function findSession(c: HttpContext): Promise<Session | null> {
  if (!hasSessionCookie(c.req.raw)) return null;
  try {
    return (await openSession(c)).session;
  } catch (error) {
    if (error instanceof SignetError && error.code === 'session-ended') return null;
    throw error;
  }
}

const createSession = defineEndpoint({
  id: 'createSession',
  method: 'POST',
  path: '/api/v1/sessions',
  caller: 'anyone',
  tag: 'Sessions',
  summary: 'Sign in',
  description:
    'Exchanges the id and secret of an access key for a cookie, for browsers. The session acts by the access key, with the scopes that it has at each request, and ends with it. If the request has the cookie of a session, that one ends.',
  request: jsonBody(
    jsonForm(
      'An access key',
      REQUEST,
      { accessKeyId: 'Its id.', secret: 'Its secret.' },
      { accessKeyId: 'ak-5Jt0sYqkWb2vGm81xZcA', secret: 'LJ0G…' },
    ),
  ),
  answers: {
    201: {
      ...jsonAnswer('The session.', SESSION, EXAMPLE),
      headers: { 'Set-Cookie': 'The cookie of the session, which only this host gets back.' },
    },
  },
  errors: [
    'missing-parameter',
    'invalid-parameter',
    'unauthenticated',
    'throttled',
    'access-key-disabled',
    'access-key-expired',
    'insecure-transport',
    'cross-site-request',
    'sealing-unavailable',
  ],
  handle: async (c) => {
    checkTransport(c);
    const credentials = await readJsonBody(c, REQUEST);
    const former = await findSession(c);
    const { sessions } = c.get('services');
    const context = c.get('requestContext');
    const { token, ...opened } = await sessions.begin(credentials, context);
    if (former !== null) await sessions.end(former, context);
    note(c, `began ${opened.session.id}`);
    return c.json(await describe(c, opened), 201, { 'Set-Cookie': writeSessionCookie(token) });
  },
});

const getCurrentSession = defineEndpoint({
  id: 'getCurrentSession',
  method: 'GET',
  path: '/api/v1/sessions/current',
  caller: 'anyone',
  tag: 'Sessions',
  summary: 'Read the session of the cookie',
  answers: { 200: jsonAnswer('The session.', SESSION, EXAMPLE) },
  errors: ['session-ended', 'access-key-disabled', 'access-key-expired', 'sealing-unavailable'],
  handle: async (c) => c.json(await describe(c, await openSession(c))),
});

const endCurrentSession = defineEndpoint({
  id: 'endCurrentSession',
  method: 'DELETE',
  path: '/api/v1/sessions/current',
  caller: 'anyone',
  tag: 'Sessions',
  summary: 'Sign out',
  answers: {
    204: { ...DONE, headers: { 'Set-Cookie': 'Deletes the cookie.' } },
  },
  errors: ['session-ended', 'cross-site-request', 'sealing-unavailable'],
  handle: async (c) => {
    const { session } = await openSession(c);
    await c.get('services').sessions.end(session, c.get('requestContext'));
    note(c, `ended ${session.id}`);
    return c.body(null, 204, { 'Set-Cookie': clearSessionCookie() });
  },
});

const LIST = 'sessions';

const SESSION_SUMMARY = named('SessionSummary', {
  id: text('`ses-` and 20 of A-Za-z0-9.'),
  accessKeyId: text('Id of the access key that it acts by.'),
  accessKeyName: textOrNull(
    'Its name; null for the root access key, and for one that was deleted.',
  ),
  accountId: text('Id of the account that it acts for.'),
  remoteAddress: textOrNull('Address that it was begun from; null if it is not known.'),
  createdAt: moment('When it began.'),
  lastUsedAt: moment('When it was last used. Up to a minute late.'),
  expiresAt: moment('When it ends at the latest.'),
});

const SESSIONS = named('Sessions', {
  sessions: pipe(array(SESSION_SUMMARY), description('Sorted by id.')),
  next: NEXT,
});

const listSessions = defineEndpoint({
  id: 'listSessions',
  method: 'GET',
  path: '/api/v1/sessions',
  caller: 'accounts:Manage',
  tag: 'Sessions',
  summary: 'List sessions',
  description:
    'The account `root` sees the sessions of all accounts. Any other account sees its own.',
  query: PAGE_QUERY,
  answers: {
    200: jsonAnswer('A page.', SESSIONS, {
      sessions: [
        {
          id: EXAMPLE.id,
          accessKeyId: EXAMPLE.accessKeyId,
          accessKeyName: 'web team',
          accountId: EXAMPLE.accountId,
          remoteAddress: '192.0.2.7',
          createdAt: EXAMPLE.createdAt,
          lastUsedAt: '2026-11-26T09:30:00Z',
          expiresAt: EXAMPLE.expiresAt,
        },
      ],
      next: null,
    }),
  },
  errors: ['invalid-parameter'],
  handle: async (c) => {
    const { sessions } = c.get('services');
    const page = await sessions.list(c.get('principal'), readPageRequest(c.get('url'), LIST));
    note(c, `listed ${page.items.length} sessions`);
    const answer: InferOutput<typeof SESSIONS> = {
      sessions: page.items.map((session) => ({
        id: session.id,
        accessKeyId: session.accessKeyId,
        accessKeyName: session.accessKeyName,
        accountId: session.accountId,
        remoteAddress: session.remoteAddress,
        createdAt: formatDateTime(session.createdAtSeconds),
        lastUsedAt: formatDateTime(session.lastUsedAtSeconds),
        expiresAt: formatDateTime(session.expiresAtSeconds),
      })),
      next: nextCursor(page, LIST),
    };
    return c.json(answer);
  },
});

const revokeSession = defineEndpoint({
  id: 'revokeSession',
  method: 'DELETE',
  path: '/api/v1/sessions/:id',
  caller: 'accounts:Manage',
  tag: 'Sessions',
  summary: 'End a session',
  params: { id: 'Id of the session.' },
  answers: { 204: DONE },
  errors: ['session-not-found'],
  handle: async (c) => {
    const { sessions } = c.get('services');
    await sessions.revoke(c.get('principal'), c.req.param('id'), c.get('requestContext'));
    note(c, 'ended a session');
    return c.body(null, 204);
  },
});

export const SESSION_ENDPOINTS: readonly Endpoint[] = [
  createSession,
  getCurrentSession,
  endCurrentSession,
  listSessions,
  revokeSession,
];
