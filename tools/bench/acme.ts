import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { readDirectory } from '../acme/session.ts';
import { serveBundle } from '../worker/serve-bundle.ts';
import { LOOPBACK, makeCsr, makeEabKey, NAME } from './acme-fixtures.ts';
import type { AcmeLoadOrder, AcmeTarget, ResponderAddress } from './acme-thread.ts';
import type { LoadResult } from './load-thread.ts';
import { type OtherAcmeServer, startPebble, startStepCa } from './other-acme-servers.ts';
import type { Aim, Row, Section } from './report.ts';
import { median } from './statistics.ts';
import type { Workbench } from './workbench.ts';

const CONNECTIONS = 16;
const ROUNDS = 7;
const WARM_UP_ORDERS = 1024;
const ORDERS_PER_ROUND = 128;
/**
 * Measures whole orders of accounts that exist, from newNonce to the certificate, and compares them
 * with step-ca and Pebble, which take turns with Signet.
 */
export async function measureAcme({ bundle }: Workbench): Promise<Section> {
  const thread = new Worker(join(import.meta.dirname, 'acme-thread.ts'));
  const [responder]: ResponderAddress[] = await once(thread, 'message');
  if (responder === undefined) throw new Error('The load thread gave no address');
  const vars = { ALLOW_PRIVATE_ADDRESSES: 'true', ACME_HTTP_PORT: String(responder.port) };
  const signet = await serveBundle(bundle, { vars });
  const others: OtherAcmeServer[] = [];
  try {
    const directory = await readDirectory(`${signet.url}/acme/directory`);
    const proven = { identifier: LOOPBACK, csr: await makeCsr(LOOPBACK) };
    const targets = new Map<string, AcmeTarget>([
      [
        'Signet, pre-authorized',
        {
          directory,
          eabKey: await makeEabKey(signet, 'pre-authorized'),
          identifier: NAME,
          csr: await makeCsr(NAME),
        },
      ],
      ['Signet, http-01', { directory, eabKey: await makeEabKey(signet, 'prove'), ...proven }],
    ]);
    for (const [name, start] of [
      ['step-ca with its default database, http-01', () => startStepCa(responder.port)],
      ['Pebble in memory, without validation', startPebble],
    ] as const) {
      const other = await start();
      if (other === null) continue;
      others.push(other);
      targets.set(name, { directory: other.directory, eabKey: null, ...proven });
    }
    const rates = await measureRates(thread, targets);
    return { title: makeTitle(rates), rows: makeRows(rates) };
  } finally {
    await thread.terminate();
    for (const other of others) await other.stop();
    await signet.stop();
  }
}

function makeTitle(rates: ReadonlyMap<string, number>): string {
  const missing = ['step-ca', 'Pebble'].filter(
    (name) => ![...rates.keys()].some((measured) => measured.startsWith(name)),
  );
  const skipped = missing.length === 0 ? '' : ` (skipped, not installed: ${missing.join(', ')})`;
  return `Whole ACME orders, from newNonce to the certificate${skipped}`;
}

/** The ratios are to step-ca. */
function makeRows(rates: ReadonlyMap<string, number>): Row[] {
  const stepCa = [...rates].find(([name]) => name.startsWith('step-ca'))?.[1];
  return [...rates].map(([name, value]) => {
    const isSignet = name.startsWith('Signet');
    const aim: { readonly aim?: Aim } = isSignet ? { aim: { ratioAtLeast: 1 } } : {};
    return {
      name,
      value,
      unit: '/s',
      ...(stepCa === undefined || name.startsWith('step-ca')
        ? {}
        : { ratio: value / stepCa, ...aim }),
    };
  });
}

/** Returns the median of each target's rounds. All targets have their first round, then their second. */
async function measureRates(
  thread: Worker,
  targets: ReadonlyMap<string, AcmeTarget>,
): Promise<Map<string, number>> {
  async function measure(target: AcmeTarget, orders: number): Promise<number> {
    const order: AcmeLoadOrder = { target, connections: CONNECTIONS, orders };
    const answered = once(thread, 'message');
    thread.postMessage(order);
    const [result]: LoadResult[] = await answered;
    if (result === undefined) throw new Error('The load thread gave no result');
    if ('failure' in result) throw new Error(result.failure);
    return orders / (result.elapsedMs / 1000);
  }

  const rates = new Map<string, number[]>();
  for (const target of targets.values()) await measure(target, WARM_UP_ORDERS);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, target] of targets) {
      rates.set(name, [...(rates.get(name) ?? []), await measure(target, ORDERS_PER_ROUND)]);
    }
  }
  return new Map([...rates].map(([name, values]) => [name, median(values)]));
}
