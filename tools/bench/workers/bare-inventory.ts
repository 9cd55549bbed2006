import { EVENT_PARAMETERS, INSERT_EVENT_AFTER_CHANGE } from '../../../src/store/audit-event.ts';
import { GRANT_PARAMETERS } from '../../../src/store/grant.ts';
import { INVENTORY_SQL } from '../../../src/store/inventory-sql.ts';

/**
 * What the certificate API is measured against: the statements that Signet sends to D1 for each
 * operation, and the rows as JSON; no signature, no check, no sealing.
 */

interface Env {
  readonly DB: D1Database;
}

const ACCOUNT = 'root';
/** As long as a sealed P-256 key, and as the texts of an audit event. */
const SEALED = `v1.${'s'.repeat(100)}.${'s'.repeat(380)}`;
const NO_GRANT = Array.from({ length: GRANT_PARAMETERS }, () => null);

const OPERATIONS: Readonly<Record<string, (db: D1Database, request: Request) => Promise<unknown>>> =
  {
    '/one': async (db, request) =>
      db.prepare(INVENTORY_SQL.find).bind(readId(request), ACCOUNT).all(),
    '/list': async (db) => db.prepare(INVENTORY_SQL.list).bind(ACCOUNT, '', -1).all(),
    '/rawdata': async (db, request) =>
      db.batch([
        db
          .prepare(INVENTORY_SQL.insertReadEvent)
          .bind(...makeEvent(), ...NO_GRANT, readId(request), ACCOUNT),
        db.prepare(INVENTORY_SQL.readPrivateKey).bind(readId(request), ACCOUNT),
      ]),
    '/create': async (db, request) => {
      const { certName, certServerData } = await request.json<Record<string, string>>();
      const id = crypto.randomUUID();
      const text = certServerData ?? '';
      await db.batch([
        db
          .prepare(INVENTORY_SQL.insert)
          .bind(
            ...NO_GRANT,
            ...[id, ACCOUNT, certName ?? '', 1, text, '[]', SEALED, null, 'bench', '["bench"]'],
            ...['00'.repeat(32), 1, 2, '[]', 'upload', Date.now(), 1_000_000],
          ),
        db.prepare(INSERT_EVENT_AFTER_CHANGE).bind(...makeEvent()),
        db.prepare(INVENTORY_SQL.explainInsert).bind(ACCOUNT, certName ?? '', 1_000_000),
      ]);
      return { certId: id, certName };
    },
  };

function readId(request: Request): string {
  return new URL(request.url).searchParams.get('id') ?? '';
}

/** As many as a real one has: the first is its time. */
function makeEvent(): (string | number)[] {
  return [Date.now(), ...Array.from({ length: EVENT_PARAMETERS - 1 }, () => 'an event')];
}

export default {
  async fetch(request, env) {
    const operation = OPERATIONS[new URL(request.url).pathname];
    if (operation === undefined) return new Response(null, { status: 404 });
    return Response.json(await operation(env.DB, request));
  },
} satisfies ExportedHandler<Env>;
