import { setTimeout as sleep } from 'node:timers/promises';
import { readCsrPem } from './fixtures.ts';
import { encodeOcspRequest, makeCertId } from './ocsp.ts';
import type { Row, Section } from './report.ts';
import { sealEnvelope } from './seal-envelope.ts';
import { basicCredentials, setUpWorkbench, type Workbench } from './workbench.ts';

const SIZES = [1000, 1_000_000];
const PARTITION_SLOTS = 20_000;
const ROWS_AT_ONCE = 20_000;
/** The number of bodies that the job finds. */
const OLD = 100;
/** Waits for what a request left to `waitUntil`, so that it does not count for the next request. */
const SETTLE_MS = 50;

interface Count {
  readonly roundTrips: number;
  readonly read: number;
  readonly written: number;
}

/** Measures each operation's D1 work with few and with many certificates; every second is revoked. */
export async function measureGrowth(): Promise<Section> {
  const workbench = await setUpWorkbench('tools/bench/workers/count-queries.ts');
  const rows: Row[] = [];
  try {
    await fetch(`${workbench.server.url}/ca/default.crt`);
    let stored = 0;
    for (const size of SIZES) {
      await addCertificates(workbench, stored, size);
      stored = size;
      const partition = Math.floor((size - 1) / PARTITION_SLOTS);
      const label = size >= 1_000_000 ? `${size / 1_000_000} M` : `${size / 1000} k`;
      for (const [name, { roundTrips, read, written }] of await countOperations(
        workbench,
        partition,
      )) {
        rows.push({ name: `${label}: ${name}: round trips`, value: roundTrips, unit: '' });
        rows.push({ name: `${label}: ${name}: rows read`, value: read, unit: '' });
        rows.push({ name: `${label}: ${name}: rows written`, value: written, unit: '' });
      }
    }
  } finally {
    await workbench.stop();
  }
  return { title: 'D1, by the number of certificates', rows };
}

/** @param partition a partition whose CRL was not requested yet */
async function countOperations(
  workbench: Workbench,
  partition: number,
): Promise<Map<string, Count>> {
  const { server } = workbench;
  const headers = { Authorization: `Basic ${basicCredentials(workbench)}` };
  const csr = readCsrPem('p-256-sha256');
  const counts = new Map<string, Count>();

  async function count(name: string, path: string, init: RequestInit = {}): Promise<Response> {
    await sleep(SETTLE_MS);
    const response = await fetch(`${server.url}${path}`, init);
    const body = await response.arrayBuffer();
    if (!response.ok)
      throw new Error(`${name}: ${response.status} ${Buffer.from(body).toString()}`);
    const read = (header: string) => Number(response.headers.get(header));
    counts.set(name, {
      roundTrips: read('X-D1-Round-Trips'),
      read: read('X-D1-Rows-Read'),
      written: read('X-D1-Rows-Written'),
    });
    return response;
  }

  async function ask(): Promise<void> {
    const question = encodeOcspRequest(await makeCertId(workbench), []);
    await count('OCSP', '/ocsp/default', {
      method: 'POST',
      headers: { 'Content-Type': 'application/ocsp-request' },
      body: new Uint8Array(question),
    });
  }

  // Reserves room in a partition, so that the measured requests do not have to.
  await makeCertId(workbench);
  const issue = { method: 'POST', headers, body: csr };
  const issued = await count('issue', '/api/v1/certificates', issue);
  const location = issued.headers.get('Location') ?? '';
  const [serialHex] = /[0-9a-f]{16,}/.exec(location) ?? [];
  // This dialect issues one certificate per subject.
  await server.query('DELETE FROM subject_holders');
  const csrBody = sealEnvelope('aes-256-cfb8', server.secrets.OPENSSL_CA_SECRET ?? '', csr);
  await count('sign by the openssl-ca dialect', '/api/ca/sign', {
    method: 'POST',
    body: JSON.stringify({ csr_body: csrBody.toString('base64') }),
  });
  await count('get a certificate', location, { headers });
  // The first request also looks up the key that signs responses. The edge caches each response.
  await ask();
  await ask();
  await count('a page of the audit record', '/api/v1/audit?limit=100', { headers });
  await count('list of a partition, from rows', `/crl/default/${partition}.crl`);
  await server.query(
    'UPDATE certificates SET crl_partition = ?1 WHERE serial = ?2',
    partition,
    serialHex,
  );
  await count('revoke', location.replace('?', '/revoke?'), { method: 'POST', headers });
  await count('that list, after one more revocation', `/crl/default/${partition}.crl`);
  await server.query(
    `UPDATE certificates SET not_after_s = 1000 WHERE rowid IN (
  SELECT rowid FROM certificates WHERE certificate IS NOT NULL AND profile = 'bench' LIMIT ${OLD})`,
  );
  await count(`clean-up of ${OLD} bodies`, '/api/v1/jobs/clean-up', { method: 'POST', headers });
  return counts;
}

async function addCertificates({ server }: Workbench, from: number, to: number): Promise<void> {
  for (let first = from; first < to; first += ROWS_AT_ONCE) {
    const count = Math.min(ROWS_AT_ONCE, to - first);
    const lines =
      'WITH RECURSIVE line(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM line WHERE i + 1 < ?1 + ?2)';
    await server.query(
      `INSERT INTO certificates
  (serial, authority_id, subject, public_key_id, certificate, profile, origin, account_id,
   not_before_s, not_after_s, issued_at_ms, crl_partition)
${lines}
SELECT printf('5%031x', i), 'default', 'CN=' || i, printf('%064x', i), 'MAA=', 'bench', 'api', 'root',
  0, unixepoch() + 31536000, 0, CAST(i AS INTEGER) / ${PARTITION_SLOTS}
FROM line`,
      first,
      count,
    );
    await server.query(
      `INSERT INTO revocations
  (authority_id, serial, revision, revoked_at_s, reason, not_after_s, crl_partition)
${lines}
SELECT 'default', printf('5%031x', i), authorities.revocation_revision + 1 + i - ?1, unixepoch(), 4,
  unixepoch() + 31536000, CAST(i AS INTEGER) / ${PARTITION_SLOTS}
FROM line CROSS JOIN authorities ON authorities.id = 'default' WHERE CAST(i AS INTEGER) % 2 = 1`,
      first,
      count,
    );
    await server.query(
      `UPDATE authorities SET revocation_revision = revocation_revision + ?1,
  reserved_slots = max(reserved_slots, ?2) WHERE id = 'default'`,
      count,
      first + count,
    );
  }
}
