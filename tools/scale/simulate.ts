import { createHash } from 'node:crypto';
import { createRandom } from '../mix/random.ts';

/**
 * Simulates how certificates spread over several databases, for docs/scale.md: by a hash of authority
 * and serial number, by account, by the first bits of the serial number, and by time.
 */

const SLOTS = 4096;
const CERTIFICATES = 1_000_000;
const ACCOUNTS = 1000;
const DATABASES = [4, 16, 64];
/** Share of certificates of a CA that was imported, which counted 1, 2, 3, … */
const IMPORTED_SHARE = 0.2;

const random = createRandom(20_261_126);

interface Simulated {
  readonly serialHex: string;
  readonly account: number;
  /** Order of issue. */
  readonly at: number;
}

/** Account `n` issues in proportion to 1/n: a few issue most, as in companies. */
function createPickAccount(): () => number {
  const shares = Array.from({ length: ACCOUNTS }, (_, i) => 1 / (i + 1));
  const total = shares.reduce((sum, share) => sum + share, 0);
  const bounds: number[] = [];
  let sum = 0;
  for (const share of shares) {
    sum += share / total;
    bounds.push(sum);
  }
  return () => {
    const wanted = random();
    let low = 0;
    let high = bounds.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((bounds[middle] ?? 1) < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

function makeSerial(at: number): string {
  if (random() < IMPORTED_SHARE) return at.toString(16).padStart(32, '0');
  return Array.from({ length: 4 }, () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('');
}

/** The slot of a certificate: 12 bits of a hash, which any process computes from what a client sends. */
function findSlot(serialHex: string): number {
  const digest = createHash('sha256').update(`default/${serialHex}`).digest();
  return digest.readUInt16BE(0) >> 4;
}

/** The largest load of a database, as a multiple of the mean. */
function findPeak(loads: readonly number[]): string {
  const mean = loads.reduce((sum, load) => sum + load, 0) / loads.length;
  return (Math.max(...loads) / mean).toFixed(2);
}

function spread(
  certificates: readonly Simulated[],
  databases: number,
  choose: (certificate: Simulated) => number,
): number[] {
  const loads = new Array<number>(databases).fill(0);
  for (const certificate of certificates) {
    const database = choose(certificate) % databases;
    loads[database] = (loads[database] ?? 0) + 1;
  }
  return loads;
}

const pickAccount = createPickAccount();
const certificates = Array.from(
  { length: CERTIFICATES },
  (_, at): Simulated => ({ serialHex: makeSerial(at), account: pickAccount(), at }),
);
const slots = new Map(certificates.map(({ serialHex }) => [serialHex, findSlot(serialHex)]));
const slotOf = ({ serialHex }: Simulated) => slots.get(serialHex) ?? 0;
/** The last 1000 certificates are what a busy moment issues. */
const burst = certificates.slice(-1000);

console.log(
  `${CERTIFICATES} certificates, ${IMPORTED_SHARE * 100} % of them with serial numbers 1, 2, 3, …; load of the fullest database as a multiple of the mean`,
);
const rules: readonly (readonly [string, (certificate: Simulated) => number])[] = [
  ['hash of authority and serial', slotOf],
  ['account', ({ account }) => account],
  ['first bits of the serial', ({ serialHex }) => Number.parseInt(serialHex.slice(0, 3), 16)],
  ['time of issue', ({ at }) => Math.floor((at / CERTIFICATES) * 64)],
];
for (const databases of DATABASES) {
  for (const [name, choose] of rules) {
    console.log(
      [
        `${databases} databases, by ${name}`.padEnd(52),
        `records ${findPeak(spread(certificates, databases, choose))}`,
        `burst of 1000 ${findPeak(spread(burst, databases, choose))}`,
      ].join('  '),
    );
  }
}

// A slot table changes only for what moves; slot % n would move nearly everything.
for (const databases of DATABASES) {
  const before = Array.from({ length: SLOTS }, (_, slot) => slot % databases);
  const taken = Math.floor(SLOTS / (databases + 1));
  const perDatabase = new Array<number>(databases).fill(0);
  const after = before.map((database) => {
    const share = Math.ceil(taken / databases);
    if ((perDatabase[database] ?? 0) >= share) return database;
    perDatabase[database] = (perDatabase[database] ?? 0) + 1;
    return databases;
  });
  const moved = certificates.filter(
    (certificate) => before[slotOf(certificate)] !== after[slotOf(certificate)],
  ).length;
  const loads = spread(
    certificates,
    databases + 1,
    (certificate) => after[slotOf(certificate)] ?? 0,
  );
  const naive = certificates.filter(
    (certificate) => slotOf(certificate) % databases !== slotOf(certificate) % (databases + 1),
  ).length;
  console.log(
    `from ${databases} to ${databases + 1} databases: ${((100 * moved) / CERTIFICATES).toFixed(1)} % of the records move by the slot table, ${((100 * naive) / CERTIFICATES).toFixed(1)} % by a remainder; fullest then ${findPeak(loads)}`,
  );
}
