import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { countSyncs } from './count-syncs.ts';
import { type Contender, measureInTurns, measureOnce, type Plan, type Result } from './measure.ts';
import { listTree } from './process-figures.ts';
import { askOnce, type Csr, type SigningServer } from './server.ts';
import { formatNumber } from './table.ts';
import { writeRequests } from './write-requests.ts';

const CONNECTIONS = [1, 16, 64];
/** V8 compiles hot code after thousands of calls, and Go's heap finds its size. */
const WARM_UP = { connections: 64, seconds: 8 };
const SYNC_CHECK_SECONDS = 3;
/** No server reaches it: as many requests are prepared for a server that takes each only once. */
const MOST_PER_SECOND = 3000;
/** What the set-up of a server has issued: certificates of its CA and of its own TLS. */
const ISSUED_BEFORE = 8;

export interface Signing {
  readonly server: SigningServer;
  /** By connections. */
  readonly results: ReadonlyMap<number, Result>;
  /** Calls to wait for the disk, for each certificate that one connection got; null without strace. */
  readonly syncs: number | null;
  readonly stored: string;
}

/** Measures how fast servers sign CSRs, and ends them. */
export async function measureSigning(
  servers: readonly SigningServer[],
  csrs: readonly Csr[],
  scratch: string,
  plan: Plan,
): Promise<Signing[]> {
  const contenders = servers.map((server) => {
    const contender: Contender = {
      server,
      prepare(seconds) {
        const path = join(scratch, `${server.port}.requests`);
        writeRequests(path, server.toRequests(csrs, seconds * MOST_PER_SECOND));
        return path;
      },
    };
    return { server, contender, answers: 0, sent: 0 };
  });
  for (const each of contenders) {
    await checkCertificate(each.server, csrs);
    const { connections, seconds } = WARM_UP;
    note(each, await measureOnce(each.contender, connections, seconds));
  }
  const results = servers.map(() => new Map<number, Result>());
  for (const connections of CONNECTIONS) {
    const measured = await measureInTurns(
      contenders.map(({ contender }) => contender),
      connections,
      plan,
    );
    measured.forEach((result, i) => {
      results[i]?.set(connections, result);
      const contender = contenders[i];
      if (contender !== undefined) note(contender, result);
    });
  }
  const signings: Signing[] = [];
  for (const [i, each] of contenders.entries()) {
    let answers = 0;
    const calls = await countSyncs(
      listTree(each.server.pid),
      async () => {
        const load = await measureOnce(each.contender, 1, SYNC_CHECK_SECONDS);
        note(each, load);
        answers = load.answers;
      },
      join(scratch, 'strace'),
    );
    signings.push({
      server: each.server,
      results: results[i] ?? new Map(),
      syncs: calls === null ? null : calls / answers,
      stored: describeStored(each.server.name, await each.server.endAndCount(), each),
    });
  }
  return signings;
}

interface Sum {
  answers: number;
  sent: number;
}

function note(sum: Sum, load: Pick<Result, 'answers' | 'sent'>): void {
  sum.answers += load.answers;
  sum.sent += load.sent;
}

/** @throws Error if the server does not issue a certificate for the key in the CSR by a P-256 key */
async function checkCertificate(server: SigningServer, csrs: readonly Csr[]): Promise<void> {
  const [request] = server.toRequests(csrs, 1);
  if (request === undefined) throw new Error('There are no CSRs');
  const answer = await askOnce(server, request);
  if (answer.status !== server.expectedStatus) {
    throw new Error(`${server.name} answers ${answer.status}: ${answer.body}`);
  }
  const certificate = new X509Certificate(server.readCertificate(answer));
  const { namedCurve } = certificate.publicKey.asymmetricKeyDetails ?? {};
  if (namedCurve !== 'prime256v1' || certificate.signatureAlgorithm !== 'ecdsa-with-SHA256') {
    throw new Error(`${server.name} signs otherwise: ${certificate.toString()}`);
  }
}

/** @throws Error if fewer or more certificates are stored than were sent */
function describeStored(name: string, stored: number | null, { answers, sent }: Sum): string {
  if (stored === null) return 'not counted';
  if (stored < answers || stored > sent + ISSUED_BEFORE) {
    throw new Error(`${name} gave ${answers} certificates to ${sent} requests and has ${stored}`);
  }
  return `${formatNumber(stored)}, ${formatNumber(answers)}`;
}
