import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { listDescendants } from '../../scripts/process-tree.ts';
import { holdHeaps } from '../hold-heaps.ts';
import { buildWorker } from '../worker/build-worker.ts';
import { type RunningServer, serveBundle } from '../worker/serve-bundle.ts';
import { readCsrPem } from './fixtures.ts';
import type { Row, Section } from './report.ts';

const SIZES = [1000, 10_000, 100_000, 1_000_000];
const PARTITION_SLOTS = 20_000;
const ROWS_AT_ONCE = 20_000;
const REPEATS = 5;
const ROUNDS = 25;
const HEAP_MEGABYTES = 48;

/**
 * Measures CRLs at several numbers of entries, by a Worker that caches nothing at the edge. Serial
 * numbers are 16 random bytes, one entry in four has a reason, and all partitions are full. Memory
 * is the growth of workerd's resident set during a step; here that includes D1 and its database.
 */
export async function measureRevocationLists(): Promise<Section> {
  const bundle = buildWorker();
  const serve = () =>
    holdHeaps(HEAP_MEGABYTES, () => serveBundle(bundle, { vars: { EDGE_TTL_SECONDS: '0' } }));
  const server = await serve();
  const small = await serve();
  const rows: Row[] = [{ name: 'limit of a heap', value: HEAP_MEGABYTES, unit: 'MB' }];
  try {
    await get(server, '/ca/default.crt');
    await get(small, '/ca/default.crt');
    await addRevocations(small, 0, SIZES[0] ?? 0);
    let stored = 0;
    for (const size of SIZES) {
      await addRevocations(server, stored, size);
      stored = size;
      rows.push(...(await measureSize(server, size)));
    }
    rows.push(...(await compareOneMore(small, server)));
  } finally {
    await Promise.all([server.stop(), small.stop()]);
    rmSync(bundle.directory, { recursive: true, force: true });
  }
  return { title: 'Revocation lists', rows };
}

async function measureSize(server: RunningServer, size: number) {
  const rows: Row[] = [];
  const isLast = size === SIZES.at(-1);
  const add = (name: string, value: number, unit: string, below?: number) =>
    rows.push({
      name: `${label(size)}: ${name}`,
      value,
      unit,
      ...(below === undefined || !isLast ? {} : { aim: { below } }),
    });

  await server.query('DELETE FROM revocation_lists');
  await server.query('DELETE FROM crl_chunks');
  const first = await measureMemory(() => buildFirst(server));
  add('first build, from rows alone', first.answer.buildMs, 'ms');
  add('requests that it took', first.answer.requests, '');
  add('memory of it', first.megabytes, 'MB');
  add('bytes for each entry', first.answer.bytes / size, 'bytes', 45);
  const download = await measureMemory(() => get(server, '/crl/default.crl'));
  add('download of an existing list', download.answer.totalMs, 'ms');
  add('memory of it', download.megabytes, 'MB', 128);
  const pem = await measureMemory(() => get(server, '/api/ca/crl'));
  add('download as PEM', pem.answer.totalMs, 'ms');
  add('memory of it', pem.megabytes, 'MB', 128);

  await get(server, '/crl/default/0.crl');
  const revokes: number[] = [];
  const completes: number[] = [];
  const partitions: number[] = [];
  const memory: number[] = [];
  for (let i = 0; i < REPEATS; i++) {
    revokes.push(await revokeOne(server));
    partitions.push((await get(server, '/crl/default/0.crl')).totalMs);
    const complete = await measureMemory(() => get(server, '/crl/default.crl'));
    completes.push(complete.answer.headersMs);
    memory.push(complete.megabytes);
  }
  add('one more revocation: the call', median(revokes), 'ms');
  add('the list of its partition', median(partitions), 'ms');
  add('the complete list, built anew', median(completes), 'ms', 500);
  add('memory of it', Math.max(...memory), 'MB', 128);
  add('delta of the complete list', (await get(server, '/crl/default/delta.crl')).totalMs, 'ms');
  return rows;
}

/**
 * Takes turns between both servers. The large one's partition is full, so its CRL has 20,000 entries,
 * which is the maximum; the small one's CRL has 1000.
 */
async function compareOneMore(small: RunningServer, large: RunningServer): Promise<Row[]> {
  const [ofSmall, ofLarge] = [small, large].map((server) => ({
    server,
    calls: [] as number[],
    both: [] as number[],
  }));
  if (ofSmall === undefined || ofLarge === undefined) return [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const { server, calls, both } of [ofSmall, ofLarge]) {
      const callMs = await revokeOne(server);
      calls.push(callMs);
      both.push(callMs + (await get(server, '/crl/default/0.crl')).totalMs);
    }
  }
  const against = `${label(SIZES.at(-1) ?? 0)} against ${label(SIZES[0] ?? 0)}`;
  const compare = (name: string, of: 'calls' | 'both') => ({
    name: `${against}: ${name}`,
    value: median(ofLarge[of]) / median(ofSmall[of]),
    unit: 'times',
    aim: { below: 1.2 },
  });
  return [compare('revoke', 'calls'), compare('revoke and list of its partition', 'both')];
}

async function addRevocations(server: RunningServer, from: number, to: number): Promise<void> {
  for (let first = from; first < to; first += ROWS_AT_ONCE) {
    const count = Math.min(ROWS_AT_ONCE, to - first);
    await server.query(
      `INSERT INTO revocations (authority_id, serial, revision, revoked_at_s, reason, not_after_s, crl_partition)
WITH RECURSIVE line(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM line WHERE i + 1 < ?1)
SELECT authorities.id, '5' || substr(lower(hex(randomblob(16))), 2),
  authorities.revocation_revision + 1 + i, unixepoch() - i, iif(i % 4 = 0, 4, 0),
  unixepoch() + 31536000, CAST(?2 + i AS INTEGER) / ${PARTITION_SLOTS}
FROM line CROSS JOIN authorities ON authorities.id = 'default'`,
      count,
      first,
    );
    await server.query(
      `UPDATE authorities SET revocation_revision = revocation_revision + ?1,
  reserved_slots = max(reserved_slots, ?2) WHERE id = 'default'`,
      count,
      Math.min(to, PARTITION_SLOTS - 1),
    );
  }
}

async function revokeOne(server: RunningServer): Promise<number> {
  const { ROOT_ACCESS_KEY_ID: id, ROOT_ACCESS_KEY_SECRET: secret } = server.secrets;
  const headers = { Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` };
  const issued = await fetch(`${server.url}/api/v1/certificates`, {
    method: 'POST',
    headers,
    body: readCsrPem('p-256-sha256'),
  });
  await issued.arrayBuffer();
  const location = issued.headers.get('Location') ?? '';
  const start = performance.now();
  const revoked = await fetch(`${server.url}${location.replace('?', '/revoke?')}`, {
    method: 'POST',
    headers,
  });
  await revoked.arrayBuffer();
  if (!revoked.ok) throw new Error(`revoke: ${revoked.status}`);
  return performance.now() - start;
}

/** A long build answers 503, and the next request continues it. */
async function buildFirst(server: RunningServer) {
  const start = performance.now();
  for (let requests = 1; ; requests++) {
    const response = await fetch(`${server.url}/crl/default.crl`, { method: 'HEAD' });
    if (!response.ok && response.status !== 503) throw new Error(`${response.status}`);
    if (!response.ok) continue;
    const bytes = Number(response.headers.get('Content-Length'));
    return { buildMs: performance.now() - start, requests, bytes };
  }
}

async function get(server: RunningServer, path: string) {
  const start = performance.now();
  const response = await fetch(server.url + path);
  const headersMs = performance.now() - start;
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  let bytes = 0;
  for await (const piece of response.body ?? []) bytes += piece.length;
  if (bytes !== Number(response.headers.get('Content-Length'))) throw new Error(`${path} is short`);
  return { headersMs, totalMs: performance.now() - start, bytes };
}

async function measureMemory<T>(run: () => Promise<T>) {
  await sleep(200);
  const workers = listDescendants(process.pid).filter(isWorkerd);
  for (const pid of workers) writeFileSync(`/proc/${pid}/clear_refs`, '5');
  const before = workers.reduce((sum, pid) => sum + readKilobytes(pid, 'VmRSS'), 0);
  const answer = await run();
  const peak = workers.reduce((sum, pid) => sum + readKilobytes(pid, 'VmHWM'), 0);
  return { answer, megabytes: (peak - before) / 1024 };
}

function isWorkerd(pid: number): boolean {
  const name = `/proc/${pid}/comm`;
  return existsSync(name) && readFileSync(name, 'utf8').startsWith('workerd');
}

function readKilobytes(pid: number, field: string): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(text)?.[1]);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function label(size: number): string {
  return size >= 1_000_000 ? `${size / 1_000_000} M entries` : `${size / 1000} k entries`;
}
