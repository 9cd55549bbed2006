import { AUDIT_EVENT_SQL } from '../../../src/store/audit-event.ts';
import type { Database } from '../../../src/store/database.ts';
import { INVENTORY_SQL } from '../../../src/store/inventory-sql.ts';

/**
 * The baseline of the certificate API: sends D1 the same statements as Signet for each operation and
 * returns the rows as JSON, without signatures, checks or sealing.
 */

interface Env {
  readonly DB: D1Database;
}

const ACCOUNT = { accountId: 'root' } as const;
/** Lengths of a sealed P-256 key and of the texts of an audit event. */
const SEALED = `v1.${'s'.repeat(100)}.${'s'.repeat(380)}`;
const NO_GRANT = {
  grantKeyId: null,
  grantNowSeconds: null,
  grantScope: null,
  grantService: null,
} as const;

const OPERATIONS: Readonly<Record<string, (db: Database, request: Request) => Promise<unknown>>> = {
  '/one': async (db, request) =>
    INVENTORY_SQL.find.prepare(db, { id: readId(request), ...ACCOUNT }).all(),
  '/list': async (db) =>
    INVENTORY_SQL.list.prepare(db, { ...ACCOUNT, afterName: '', limit: -1 }).all(),
  '/rawdata': async (db, request) => {
    const values = { id: readId(request), ...ACCOUNT };
    return db.batch([
      INVENTORY_SQL.insertReadEvent.prepare(db, { ...values, ...makeEvent(), ...NO_GRANT }),
      INVENTORY_SQL.readPrivateKey.prepare(db, values),
    ]);
  },
  '/create': async (db, request) => {
    const { certName, certServerData } = await request.json<Record<string, string>>();
    const id = crypto.randomUUID();
    const values = {
      id,
      ...ACCOUNT,
      name: certName ?? '',
      type: 1,
      certificate: certServerData ?? '',
      chain: '[]',
      issuerId: null,
      sealedPrivateKey: SEALED,
      uploadPublicKey: null,
      commonName: 'bench',
      dnsNames: '["bench"]',
      ipAddresses: '[]',
      fingerprintHex: '00'.repeat(32),
      notBeforeSeconds: 1,
      notAfterSeconds: 2,
      marks: '[]',
      origin: 'upload',
      atMs: Date.now(),
      defaultQuota: 1_000_000,
    };
    await db.batch([
      INVENTORY_SQL.insert.prepare(db, { ...values, ...NO_GRANT }),
      AUDIT_EVENT_SQL.afterOneChange.prepare(db, makeEvent()),
      INVENTORY_SQL.explainInsert.prepare(db, values),
    ]);
    return { certId: id, certName };
  },
};

function readId(request: Request): string {
  return new URL(request.url).searchParams.get('id') ?? '';
}

function makeEvent() {
  const text = 'an event';
  return {
    eventAtMs: Date.now(),
    eventAccountId: text,
    eventActor: text,
    eventAction: text,
    eventOutcome: text,
    eventAuthorityId: text,
    eventTarget: text,
    eventDetail: text,
    eventRequestId: text,
    eventRemoteAddress: text,
    eventCountry: text,
  };
}

export default {
  async fetch(request, env) {
    const operation = OPERATIONS[new URL(request.url).pathname];
    if (operation === undefined) return new Response(null, { status: 404 });
    return Response.json(await operation(env.DB, request));
  },
} satisfies ExportedHandler<Env>;
