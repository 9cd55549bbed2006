import type { Row, Section } from './report.ts';
import { basicCredentials, setUpWorkbench, type Workbench } from './workbench.ts';

const CERTIFICATES = 1_000_000;
const ROWS_AT_ONCE = 20_000;
const REPETITIONS = 5;

/** The account that owns one of a hundred certificates. */
const ACCOUNT = 'acct-bench0000000';

/** Each kind of search, by what it is. `{…}` is filled in. */
const SEARCHES: readonly (readonly [name: string, query: string])[] = [
  ['newest', ''],
  ['oldest', 'sort=issuedAt'],
  ['expires soonest', 'sort=notAfter'],
  ['DNS name', 'dns=host123456.team56.corp.example'],
  ['all names below a domain of 10,000', 'dns=*.team56.corp.example'],
  ['all names below a domain of 1,000,000', 'dns=*.example'],
  ['IP address', 'ip=10.1.226.64'],
  ['word of the subject, in all', 'text=bench'],
  ['two words, one rare', 'text=host123456.team56.corp.example%20bench'],
  ['part of a serial number', 'serial=51e240'],
  ['fingerprint', `fingerprint=${(123456).toString(16).padStart(64, '0')}`],
  ['public key', `publicKeyId=${(123456).toString(16).padStart(64, '0')}`],
  ['revoked (1 %)', 'state=revoked'],
  ['on hold (0.1 %)', 'state=on-hold'],
  ['valid', 'state=valid'],
  ['expired', 'state=expired'],
  ['profile of 1 %', 'profile=rare'],
  ['authority', 'authority=default'],
  ['expires within a window', 'expiresAfter=2030-01-01T00:00:00Z&sort=notAfter'],
  ['of an account (1 %)', `account=${ACCOUNT}`],
  ['domain and revoked', 'dns=*.team56.corp.example&state=revoked'],
  ['domain, by expiry', 'dns=*.host123456.team56.corp.example&sort=notAfter'],
];

/** Measures the first page of each kind of search among a million certificates, every hundredth revoked. */
export async function measureSearch(): Promise<Section> {
  const workbench = await setUpWorkbench('tools/bench/workers/count-queries.ts');
  try {
    await fetch(`${workbench.server.url}/ca/default.crt`);
    await addCertificates(workbench);
    const rows: Row[] = [];
    for (const [name, query] of SEARCHES) rows.push(...(await measure(workbench, name, query)));
    rows.push(...(await measureExport(workbench)));
    return { title: 'Search among a million certificates, first page of 50', rows };
  } finally {
    await workbench.stop();
  }
}

/** Reads an export to its end without keeping it. */
async function measureExport(workbench: Workbench): Promise<Row[]> {
  const headers = {
    Authorization: `Basic ${basicCredentials(workbench)}`,
    Accept: 'application/x-ndjson',
  };
  const started = performance.now();
  const response = await fetch(`${workbench.server.url}/api/v1/certificates`, { headers });
  let lines = 0;
  for await (const chunk of response.body ?? []) {
    for (const byte of chunk) if (byte === 0x0a) lines++;
  }
  const seconds = (performance.now() - started) / 1000;
  return [
    { name: 'export of all: lines', value: lines, unit: '' },
    { name: 'export of all: time', value: seconds, unit: 's' },
  ];
}

async function measure(workbench: Workbench, name: string, query: string): Promise<Row[]> {
  const headers = { Authorization: `Basic ${basicCredentials(workbench)}` };
  const times: number[] = [];
  let found = 0;
  let read = 0;
  for (let i = 0; i < REPETITIONS; i++) {
    const response = await fetch(`${workbench.server.url}/api/v1/certificates?${query}`, {
      headers,
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`${name}: ${JSON.stringify(answer)}`);
    const certificates: unknown = Reflect.get(Object(answer), 'certificates');
    found = Array.isArray(certificates) ? certificates.length : 0;
    read = Number(response.headers.get('X-D1-Rows-Read'));
    times.push(Number(response.headers.get('X-D1-Duration-Ms')));
  }
  times.sort((a, b) => a - b);
  return [
    { name: `${name}: found`, value: found, unit: '' },
    { name: `${name}: rows read`, value: read, unit: '' },
    { name: `${name}: time in D1`, value: times[Math.floor(REPETITIONS / 2)] ?? 0, unit: 'ms' },
  ];
}

const LINES =
  'WITH RECURSIVE line(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM line WHERE i + 1 < ?1 + ?2)';

/** The terms of line i, as issuing writes them. */
const TERMS = `json_array('authority:default',
    'profile:' || CASE CAST(i AS INTEGER) % 100 WHEN 7 THEN 'rare' ELSE 'tls-server' END,
    printf('sha256:%064x', i),
    printf('name:host%d.team%d.corp.example', i, CAST(i AS INTEGER) % 100),
    printf('name:10.%d.%d.%d', CAST(i AS INTEGER) / 65536, CAST(i AS INTEGER) / 256 % 256, CAST(i AS INTEGER) % 256), 'name:bench',
    printf('below:team%d.corp.example', CAST(i AS INTEGER) % 100), 'below:corp.example', 'below:example')`;

const OWNER = `CASE CAST(i AS INTEGER) % 100 WHEN 3 THEN '${ACCOUNT}' ELSE 'root' END`;

async function addCertificates({ server }: Workbench): Promise<void> {
  for (let first = 0; first < CERTIFICATES; first += ROWS_AT_ONCE) {
    await server.query(
      `INSERT INTO certificates
  (serial, authority_id, subject, public_key_id, certificate, profile, origin, account_id,
   not_before_s, not_after_s, issued_at_ms, crl_partition)
${LINES}
SELECT printf('5%05x%026x', i, i), 'default', printf('CN=host%d.team%d.corp.example,O=Bench', i, CAST(i AS INTEGER) % 100),
  printf('%064x', i), 'MAA=',
  CASE CAST(i AS INTEGER) % 100 WHEN 7 THEN 'rare' ELSE 'tls-server' END, 'api', ${OWNER},
  0, 1500000000 + i * 500, 1400000000000 + i * 500000, 0
FROM line`,
      first,
      ROWS_AT_ONCE,
    );
    await server.query(
      `INSERT INTO certificate_terms (term, issued_at_ms, serial, authority_id, account_id)
${LINES}
SELECT terms.value, 1400000000000 + i * 500000, printf('5%05x%026x', i, i), 'default', ${OWNER}
FROM line CROSS JOIN json_each(${TERMS}) AS terms`,
      first,
      ROWS_AT_ONCE,
    );
    await server.query(
      `INSERT INTO revocations
  (authority_id, serial, revision, revoked_at_s, reason, not_after_s, crl_partition)
${LINES}
SELECT 'default', printf('5%05x%026x', i, i), 1 + i, unixepoch(),
  CASE CAST(i AS INTEGER) % 1000 WHEN 0 THEN 6 ELSE 4 END, 1500000000 + i * 500, 0
FROM line WHERE CAST(i AS INTEGER) % 100 = 0`,
      first,
      ROWS_AT_ONCE,
    );
  }
}
