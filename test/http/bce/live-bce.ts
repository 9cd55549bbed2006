import { LEAF_KEY_PEM, uploadPem } from '../../inventory/uploads.ts';
import type { LiveWorker, Received } from '../live.ts';
import { signBce } from './authentication/sign-bce.ts';

export interface Credentials {
  readonly id: string;
  readonly secret: string;
}

/** The access key of the Worker under test. */
export const ROOT: Credentials = { id: 'root-key', secret: 'root-secret-for-tests' };

export interface Operation {
  readonly method: string;
  /** Path and canonical query. */
  readonly target: string;
  /** A string is sent as it is, anything else as JSON. */
  readonly body?: unknown;
}

/** Sends a request of the dialect to the whole Worker, signed by `as`. */
export async function operate(
  live: LiveWorker,
  { method, target, body }: Operation,
  { id, secret }: Credentials = ROOT,
): Promise<Received> {
  const [path = '', query = ''] = target.split('?');
  const authorization = await signBce({
    accessKeyId: id,
    secret,
    timestamp: `${new Date().toISOString().slice(0, 19)}Z`,
    signedHeaders: 'host',
    canonical: [method, path, query, 'host:ca.test'],
  });
  const headers = { Host: 'ca.test' };
  return live.send(target, { method, as: authorization, headers, body });
}

/** An uploaded certificate with its key. */
export const UPLOAD = {
  certName: 'a',
  certServerData: uploadPem('leaf'),
  certPrivateData: LEAF_KEY_PEM,
  certType: 1,
};

export async function create(
  live: LiveWorker,
  changes: Readonly<Record<string, unknown>> = {},
  as: Credentials = ROOT,
): Promise<string> {
  const body = { ...UPLOAD, ...changes };
  const created = await operate(live, { method: 'POST', target: '/v1/certificate', body }, as);
  if (created.status !== 200) throw new Error(`not created: ${created.text}`);
  return String(created.json.certId);
}

/** Moves the certificate into the past. */
export async function expire({ db }: LiveWorker, id: string): Promise<void> {
  await db.prepare('UPDATE inventory SET not_after_s = 1 WHERE id = ?1').bind(id).run();
}

/** All rows of all tables, as text. */
export async function dump({ db }: LiveWorker): Promise<string> {
  const { results: tables } = await db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf_*'")
    .all<{ name: string }>();
  const rows = await db.batch(tables.map(({ name }) => db.prepare(`SELECT * FROM "${name}"`)));
  return JSON.stringify(rows.map(({ results }, index) => [tables[index]?.name, results]));
}
