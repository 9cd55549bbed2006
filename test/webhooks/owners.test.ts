import { beforeEach, describe, expect, it } from 'vitest';
import { EVENT_ACTIONS, EVENT_TYPES, findEventType } from '../../src/webhooks/event-types.ts';
import { addAuthority, NOW_SECONDS, openDatabaseWithAuthority } from '../store/database.ts';
import { openWebhooks } from './live-webhook.ts';

const SERIAL = 'a1b2c3';

let db: D1Database;
let live: ReturnType<typeof openWebhooks>;
/** The webhook of account A that events about webhooks are about. */
let hookOfA: string;

beforeEach(async () => {
  db = await openDatabaseWithAuthority();
  live = openWebhooks(db);
  await addAuthority(db, 'ca-of-a');
  await db.batch(
    [
      "INSERT INTO accounts (id, name, created_at_ms) VALUES ('acct-a', 'a', 0), ('acct-b', 'b', 0)",
      "UPDATE authorities SET account_id = 'acct-a' WHERE id = 'ca-of-a'",
      `INSERT INTO certificates (authority_id, serial, account_id, subject, profile, origin,
  not_before_s, not_after_s, issued_at_ms)
VALUES ('default', '${SERIAL}', 'acct-a', 'CN=a', 'tls', 'api',
  0, ${NOW_SECONDS}, 0)`,
      `INSERT INTO inventory (id, account_id, name, type, certificate, chain, common_name, dns_names,
  fingerprint, not_before_s, not_after_s, marks, origin, created_at_ms, updated_at_ms)
VALUES ('cert-of-a', 'acct-a', 'n', 2, '', '[]', '', '[]', '', 0, 0, '[]', 'upload', 0, 0)`,
      `INSERT INTO access_keys (id, account_id, name, secret, scopes, enabled, created_at_ms)
VALUES ('ak-of-a', 'acct-a', 'n', '', '[]', 1, 0)`,
    ].map((sql) => db.prepare(sql)),
  );
  hookOfA = (await live.create({ accountId: 'acct-a', url: 'https://a.test/' })).id;
  await live.create({ accountId: 'acct-b', url: 'https://b.test/' });
  await live.create({ url: 'https://root.test/' });
});

/** The object of A that an action is about. */
function objectOfA(action: string): { target: string; authorityId: string | null } {
  const [kind] = action.split('.');
  if (kind === 'certificate') return { target: SERIAL, authorityId: 'default' };
  if (kind === 'authority') return { target: 'ca-of-a', authorityId: 'ca-of-a' };
  if (kind === 'inventory') return { target: 'cert-of-a', authorityId: null };
  if (kind === 'access-key') return { target: 'ak-of-a', authorityId: null };
  if (kind === 'webhook') return { target: hookOfA, authorityId: null };
  throw new Error(`no object of A for ${action}`);
}

/** Records an act, as its actor's account, and returns who gets its event. */
async function tell(action: string, actorAccount: string, detail: object): Promise<string[]> {
  const { target, authorityId } = objectOfA(action);
  await db
    .prepare(
      `INSERT INTO audit_events (at_ms, account_id, actor, action, outcome, authority_id, target,
  detail, request_id) VALUES (0, ?1, 'an-actor', ?2, 'done', ?3, ?4, ?5, 'r')`,
    )
    .bind(actorAccount, action, authorityId, target, JSON.stringify(detail))
    .run();
  await live.deliver();
  const type = findEventType(action, { ...detail });
  for (const { json } of live.sent) expect(json.type).toBe(type);
  return live.sent.map(({ url }) => new URL(url).hostname.replace('.test', '')).toSorted();
}

/** The details that make another type of event of an action. */
const DETAILS: Readonly<Record<string, readonly object[]>> = {
  'certificate.revoke': [{ reason: 'superseded' }, { reason: 'certificateHold' }],
  'access-key.update': [{}, { enabled: 'true' }, { enabled: 'false' }],
};
const ACTS = EVENT_ACTIONS.flatMap((action) =>
  (DETAILS[action] ?? [{}]).map((detail) => ({ action, detail })),
);

/** The rows of the objects that an act removes. */
const REMOVED: Readonly<Record<string, string>> = {
  'inventory.delete': 'DELETE FROM inventory',
  'access-key.delete': 'DELETE FROM access_keys',
};

describe('who gets an event about an object of account A', () => {
  it('has a row for every type', () => {
    const types = ACTS.map(({ action, detail }) => findEventType(action, { ...detail }));
    expect(new Set(types)).toEqual(new Set(EVENT_TYPES));
  });

  // A test goes to its webhook only.
  const told = (action: string) => (action === 'webhook.test' ? ['a'] : ['a', 'root']);

  it.each(ACTS)('$action $detail by A: A and root, never B', async ({ action, detail }) => {
    expect(await tell(action, 'acct-a', detail)).toEqual(told(action));
  });

  it.each(ACTS)('$action $detail by root: A and root, never B', async ({ action, detail }) => {
    expect(await tell(action, 'root', detail)).toEqual(told(action));
  });

  it.each(Object.entries(REMOVED))(
    '%s, when the row is gone, by A: A and root',
    async (action, sql) => {
      await db.prepare(sql).run();
      expect(await tell(action, 'acct-a', {})).toEqual(['a', 'root']);
    },
  );

  it('access-key.delete, when the key is gone, by root: root', async () => {
    await db.prepare('DELETE FROM access_keys').run();
    expect(await tell('access-key.delete', 'root', {})).toEqual(['root']);
  });

  it('access-key.create by root, when the key is gone: A, whom the detail names', async () => {
    await db.prepare('DELETE FROM access_keys').run();
    expect(await tell('access-key.create', 'root', { account: 'acct-a' })).toEqual(['a', 'root']);
  });
});
