import { describe, expect, it } from 'vitest';
import { ROUTES } from '../../src/http/app.ts';
import { dump, operate } from './bce/live-bce.ts';
import { captureLog, type LiveWorker, openWorker, type Received } from './live.ts';
import { type RequestParts, SCOPED_REQUESTS } from './scoped-requests.ts';

captureLog();

/** The routes of all dialects that need a scope. The actions of CAS have a test of their own. */
const SCOPED = ROUTES.flatMap(({ method, path, caller }) =>
  caller === 'anyone' || caller === 'shared secret'
    ? []
    : [{ name: `${method} ${path}`, method, path, scope: caller }],
);

const OTHER_SCOPES = [...new Set([...SCOPED.map(({ scope }) => scope), 'yundun-cert:Other'])];

type Route = (typeof SCOPED)[number];
type Key = Awaited<ReturnType<LiveWorker['createKey']>>;

function sendAs(live: LiveWorker, route: Route, parts: RequestParts, key: Key): Promise<Received> {
  const { params = {}, query = '', body } = parts;
  const path = route.path.replace(/:(\w+)(\{[^}]*\})?/g, (_, name) => params[name] ?? '');
  const target = `${path}${query}`;
  const { method } = route;
  return path.startsWith('/v1/')
    ? operate(live, { method, target, body }, key)
    : live.send(target, { method, as: key.basic, body });
}

/**
 * All rows, without what no route decides: when a key was last used, and the places in CRL partitions,
 * which are reserved in advance.
 */
async function dumpWork(live: LiveWorker): Promise<string> {
  return (await dump(live)).replaceAll(/"(reserved_slots|last_used_at_s)":\w+/g, '');
}

describe('the routes that need a scope', () => {
  it('each have a request in the table, and no other does', () => {
    expect(Object.keys(SCOPED_REQUESTS).sort()).toEqual(SCOPED.map(({ name }) => name).sort());
  });

  it.each(SCOPED)('$name refuses other keys and accepts its scope', async (route) => {
    const live = await openWorker();
    // Makes the default authority.
    await live.send('/ca/default.crt', { as: null });
    const parts = await SCOPED_REQUESTS[route.name]?.(live);
    if (parts === undefined) throw new Error('the table has no request');
    const ask = (key: Key) => sendAs(live, route, parts, key);

    const allowed = await live.createKey([route.scope]);
    const other = await live.createKey(OTHER_SCOPES.filter((scope) => scope !== route.scope));
    const disabled = await live.createKey([route.scope]);
    const narrowed = await live.createKey([route.scope]);
    for (const { basic } of [disabled, narrowed]) {
      await live.send('/api/v1/certificates/1', { as: basic });
    }
    // The isolate still holds the old terms of these keys, so only the query of the operation sees it.
    await live.db.batch([
      live.db.prepare('UPDATE access_keys SET enabled = 0 WHERE id = ?1').bind(disabled.id),
      live.db.prepare(`UPDATE access_keys SET scopes = '["a:B"]' WHERE id = ?1`).bind(narrowed.id),
    ]);

    const before = await dumpWork(live);
    for (const key of [other, disabled, narrowed]) {
      const refused = await ask(key);
      expect(refused.status, refused.text).toBe(403);
    }
    expect((await dumpWork(live)) === before, 'writes nothing').toBe(true);
    const { status, text } = await ask(allowed);
    expect(status, text).toBeLessThan(300);
  });
});
