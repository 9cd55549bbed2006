import { type Aim, atLeast, below } from './aims.ts';
import type { Signing } from './signing.ts';
import { waitsForDisk } from './signing-table.ts';

const FEW = 1;
const SOME = 16;
const MANY = 64;

/**
 * Compares Signet with the others: its rates with one and with more processes, the rest with one.
 * @param signings Signet in one process comes first
 */
export function toSigningAims(signings: readonly Signing[], firstCertificateMs: number): Aim[] {
  const subjects = signings.filter(({ server }) => server.name.startsWith('Signet'));
  const [subject] = subjects;
  if (subject === undefined) return [];
  const peers = signings.filter((signing) => !subjects.includes(signing));
  const cfssl = peers.filter(({ server }) => server.name.startsWith('cfssl'));
  const waiting = peers.filter((peer) => waitsForDisk(peer) === true);
  const memoryBytes = Math.max(...[...subject.results.values()].map((each) => each.memoryBytes));
  const rate = (signing: Signing, connections: number) => read(signing, connections).rate;
  const cpuUs = (signing: Signing) => read(signing, MANY).cpuUsPerAnswer;
  const p50Ms = (signing: Signing) => read(signing, FEW).p50Ms;
  const compareRates = (own: Signing): Aim[] => {
    const { name } = own.server;
    const comparedWithBest = (text: string, among: readonly Signing[]) =>
      among.length === 0
        ? []
        : [
            atLeast(
              text,
              1.5,
              rate(own, MANY) / Math.max(...among.map((each) => rate(each, MANY))),
            ),
          ];
    return [
      ...peers.flatMap((peer) =>
        [SOME, MANY].map((connections) =>
          atLeast(
            `${name}: rate relative to ${peer.server.name}, ${connections} connections`,
            1,
            rate(own, connections) / rate(peer, connections),
          ),
        ),
      ),
      ...comparedWithBest(`${name}: rate relative to the fastest, ${MANY} connections`, peers),
      ...comparedWithBest(
        `${name}: rate relative to the fastest that waits for the disk, ${MANY} connections`,
        waiting,
      ),
    ];
  };
  return [
    ...subjects.flatMap(compareRates),
    ...cfssl.map((peer) =>
      below(
        `p50 relative to ${peer.server.name}, ${FEW} connection`,
        1.2,
        p50Ms(subject) / p50Ms(peer),
      ),
    ),
    below(`CPU time for a certificate, ${MANY} connections`, 400, cpuUs(subject), 'µs'),
    ...peers.map((peer) =>
      below(
        `CPU time relative to ${peer.server.name}, ${MANY} connections`,
        1,
        cpuUs(subject) / cpuUs(peer),
      ),
    ),
    below('Memory of one process', 250, memoryBytes / 1e6, 'MB'),
    below(
      'From the start, without state, to the first certificate',
      1000,
      firstCertificateMs,
      'ms',
    ),
  ];
}

function read({ server, results }: Signing, connections: number) {
  const result = results.get(connections);
  if (result === undefined) throw new Error(`${server.name} was not measured`);
  return result;
}
