import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import signet from '../../src/index.ts';
import { makeCsrDer } from '../make-csr.ts';
import { openDatabase } from '../store/database.ts';
import { checkLog, type Outcome, readOutcome } from './check-answer.ts';
import { checkIssued } from './check-issued.ts';
import { type CsrKitchen, openKitchen } from './hostile-csr.ts';
import {
  type HostileRequest,
  type Issued,
  makeRequest,
  type RequestRecipe,
  requestRecipes,
} from './hostile-request.ts';

const RUNS = Number(env.FUZZ_RUNS);
const SEED = Number(env.FUZZ_SEED);
/** Leaves time for a busy machine and for shrinking a counterexample. */
const TIMEOUT_MS = 30_000 + RUNS * 50;

/** The same object for all requests: the Worker caches its parts by environment. */
const WORKER_ENV = { ...env };
const AUTHORIZATION = `Basic ${btoa(`${env.ROOT_ACCESS_KEY_ID}:${env.ROOT_ACCESS_KEY_SECRET}`)}`;

const SUBJECT_HELD = '[ERROR]: Please do not repeat the application for certificate!';

const TABLES = [
  'certificates',
  'revocations',
  'subject_holders',
  'blocked_keys',
  'audit_events',
] as const;
type RowCounts = Readonly<Record<(typeof TABLES)[number] | 'refused', number>>;

const COUNTS = `SELECT ${TABLES.map((table) => `(SELECT COUNT(*) FROM ${table}) AS ${table}`).join(', ')},
  (SELECT COUNT(*) FROM audit_events WHERE outcome = 'refused') AS refused`;

/** Outcomes that must occur, to prove that requests get past the outermost checks. */
const COMMON_OUTCOMES: readonly string[] = [
  'api DER: issued',
  'api DER: malformed-csr',
  'api DER: invalid-subject',
  'sign: [ERROR]: Wrong certificate request (X509Req) format!',
  'revoke: [ERROR]: This may be an invalid serial number!',
];
const RARE_OUTCOMES: readonly string[] = [
  'api DER: csr-signature-invalid',
  'api DER: invalid-subject-alt-name',
  'api DER: weak-key',
  'sign: Sign Certificate success!',
  'sign: [ERROR]: Please do not repeat the application for certificate!',
  'revoke: [ERROR]: This certificate is revoked!',
];
const MANY_RUNS = 5000;
/** Of one actor in an hour: see insertRefusalIfSql. A run takes minutes. */
const MAX_RECORDED_REFUSALS = 100;

async function countRows(): Promise<RowCounts> {
  const counts = await env.DB.prepare(COUNTS).first<RowCounts>();
  if (counts === null) throw new Error('no counts');
  return counts;
}

async function send({ method, path, body }: HostileRequest): Promise<Response> {
  const context = createExecutionContext();
  const request = new Request<unknown, IncomingRequestCfProperties>(`https://ca.test${path}`, {
    method,
    body,
    headers: path.startsWith('/api/v1/') ? { Authorization: AUTHORIZATION } : {},
  });
  const response = await signet.fetch(request, WORKER_ENV, context);
  await waitOnExecutionContext(context);
  return response;
}

/** Throws if rows are missing or unexpected. */
function checkRows(
  before: RowCounts,
  after: RowCounts,
  { path }: HostileRequest,
  { name, done }: Outcome,
) {
  const grown = TABLES.filter((table) => after[table] !== before[table]);
  const wanted = !done
    ? // Only the database finds this refusal. It is recorded, up to a number in each hour.
      name === SUBJECT_HELD && before.refused < MAX_RECORDED_REFUSALS
      ? ['audit_events']
      : []
    : path === '/api/ca/revoke'
      ? ['revocations', 'audit_events']
      : ['certificates', 'audit_events'];
  // If the subject was certified before, its row in subject_holders stays.
  const unexpected = grown.filter((table) => table !== 'subject_holders' || !done);
  expect(unexpected).toEqual(wanted);
  for (const table of grown) expect(after[table]).toBe(before[table] + 1);
}

describe('hostile requests', () => {
  const log = vi.spyOn(console, 'log').mockReturnValue();
  let kitchen: CsrKitchen;
  let issued: Issued;
  let rows: RowCounts;
  let outcomes: Map<string, number>;

  async function sendAndCheck(request: HostileRequest): Promise<Outcome> {
    log.mockClear();
    const response = await send(request);
    const lines = log.mock.calls.flat();
    const outcome = await readOutcome(request.path, response);
    checkLog(lines, response);
    const before = rows;
    rows = await countRows();
    checkRows(before, rows, request, outcome);
    if (outcome.certificateDer !== null) {
      if (request.csrDer === null) throw new Error('a certificate without a CSR');
      await checkIssued(outcome.certificateDer, request.csrDer);
    }
    return outcome;
  }

  beforeEach(async () => {
    await openDatabase();
    kitchen = await openKitchen();
    outcomes = new Map();
    const csrDer = await makeCsrDer({ subject: [{ arc: 3, value: 'victim.example.com' }] });
    const path = '/api/v1/certificates';
    const response = await send({ method: 'POST', path, body: csrDer, csrDer });
    expect(response.status).toBe(201);
    const serialHex = /certificates\/([0-9a-f]+)/.exec(response.headers.get('Location') ?? '')?.[1];
    const certificatePem = new TextDecoder().decode(await response.arrayBuffer());
    issued = { serialHex: serialHex ?? '', certificatePem };
    rows = await countRows();
  });

  afterAll(() => log.mockRestore());

  it(
    `get a well-formed answer, one log line and only the expected rows (${RUNS} runs, seed ${SEED})`,
    async () => {
      const property = fc.asyncProperty(requestRecipes, async (recipe: RequestRecipe) => {
        const request = await makeRequest(recipe, kitchen, issued);
        const outcome = await sendAndCheck(request).catch((error: unknown) => {
          const sent = `${request.method} ${request.path} ${request.body.toBase64()}`;
          throw new Error(`${String(error)}\nsent, in base64: ${sent}`, { cause: error });
        });
        const key = `${recipe.door}: ${outcome.name}`;
        outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
      });
      await fc.assert(property, { numRuns: RUNS, seed: SEED });

      const table = [...outcomes]
        .sort()
        .map(([name, count]) => `${String(count).padStart(6)}  ${name}`);
      console.info(`${RUNS} hostile requests, seed ${SEED}\n${table.join('\n')}`);
      const wanted = RUNS < MANY_RUNS ? COMMON_OUTCOMES : [...COMMON_OUTCOMES, ...RARE_OUTCOMES];
      expect(wanted.filter((name) => !outcomes.has(name))).toEqual([]);
    },
    TIMEOUT_MS,
  );
});
