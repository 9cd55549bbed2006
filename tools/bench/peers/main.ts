import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT_DIR } from '../../../scripts/project.ts';
import { type Aim, toAimTable } from './aims.ts';
import type { Comparison } from './comparison.ts';
import { makeCsrs } from './csrs.ts';
import { compareDownloads } from './downloads.ts';
import type { Plan } from './measure.ts';
import { compareOcsp } from './ocsp.ts';
import { readLoadAverage } from './process-figures.ts';
import { isSkipped, type PeerServer, type SigningServer, type Skipped } from './server.ts';
import { startCfsslPeer } from './servers/cfssl.ts';
import { startOpenBao } from './servers/openbao.ts';
import { startSignet } from './servers/signet.ts';
import { startStepCaPeer } from './servers/step-ca.ts';
import { measureSigning } from './signing.ts';
import { toSigningAims } from './signing-aims.ts';
import { toSigningTable } from './signing-table.ts';
import { formatTable, type Table } from './table.ts';

const CSRS = 1000;

const PARTS = { signing: compareSigning, downloads: compareDownloads, ocsp: compareOcsp };

/**
 * Compares `signet serve` with other servers on this machine, and prints what it saw.
 * @param parts names of PARTS; all of them if it is empty
 */
export async function comparePeers(parts: readonly string[], plan: Plan): Promise<void> {
  const unknown = parts.find((part) => !Object.hasOwn(PARTS, part));
  if (unknown !== undefined) throw new Error(`There is no part "${unknown}"`);
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: PROJECT_DIR, stdio: 'inherit' });
  const scratch = mkdtempSync(join(tmpdir(), 'peers-'));
  const aims: Aim[] = [];
  const show = (table: Table) => console.log(`${formatTable(table)}\n`);
  console.log(
    `${plan.rounds} rounds of ${plan.seconds} s each. Load average at the start: ${readLoadAverage()}\n`,
  );
  try {
    for (const [name, compare] of Object.entries(PARTS)) {
      if (parts.length === 0 || parts.includes(name)) {
        aims.push(...(await compare({ scratch, plan, show })));
      }
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  show(toAimTable(aims));
}

async function compareSigning({ scratch, plan, show }: Comparison): Promise<Aim[]> {
  const csrs = await makeCsrs(CSRS);
  const [first] = csrs;
  if (first === undefined) return [];
  const started: PeerServer[] = [];
  try {
    const signet = await startSignet(1, first);
    started.push(signet);
    const servers: SigningServer[] = [signet];
    const skipped: Skipped[] = [];
    for (const start of [
      () => startSignet(3, first),
      () => startCfsslPeer('cfssl', { journal: 'WAL', synchronous: 'FULL' }),
      () => startCfsslPeer('cfssl, not waiting', { journal: 'WAL', synchronous: 'OFF' }),
      startStepCaPeer,
      () => startOpenBao('raft'),
      () => startOpenBao('file'),
    ]) {
      const server = await start();
      if (isSkipped(server)) skipped.push(server);
      else {
        servers.push(server);
        started.push(server);
      }
    }
    const signings = await measureSigning(servers, csrs, scratch, plan);
    show(toSigningTable(signings, skipped));
    return toSigningAims(signings, signet.firstCertificateMs);
  } finally {
    for (const server of started) await server.stop();
  }
}
