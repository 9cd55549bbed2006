import { setTimeout as sleep } from 'node:timers/promises';
import {
  AcmeSession,
  type AcmeTransport,
  readDirectory,
  readOrder,
  sendByFetch,
} from '../acme/session.ts';
import { makeCsr, makeEabKey, NAME } from './acme-fixtures.ts';
import type { Aim, Row, Section } from './report.ts';
import { setUpWorkbench } from './workbench.ts';

/** Waits for what a request left to `waitUntil`, so that it does not count for the next request. */
const SETTLE_MS = 50;

/** Counts the D1 round trips of each request of a whole order, before its answer. */
export async function countAcmeRoundTrips(): Promise<Section> {
  const workbench = await setUpWorkbench('tools/bench/workers/count-queries.ts');
  const rows: Row[] = [];
  try {
    const { server } = workbench;
    let counted = 0;
    const transport: AcmeTransport = async (url, body) => {
      await sleep(SETTLE_MS);
      const answer = await sendByFetch(url, body);
      counted = Number(answer.header('X-D1-Round-Trips'));
      return answer;
    };
    const eabKey = await makeEabKey(server, 'pre-authorized');
    const csr = await makeCsr(NAME);
    const directory = await readDirectory(`${server.url}/acme/directory`);
    const session = new AcmeSession(directory, transport);
    await session.register(eabKey);
    rows.push({ name: 'newAccount', value: counted, unit: '', aim: { below: 2 } });
    let sum = 0;
    const add = (name: string, aim?: Aim) => {
      rows.push({ name, value: counted, unit: '', ...(aim && { aim }) });
      sum += counted;
    };
    // The first order loads the account and its policy.
    for (const isWarm of [false, true]) {
      rows.length = 1;
      sum = 0;
      const aim = isWarm ? { below: 2 } : undefined;
      await session.takeNonce();
      add('newNonce', isWarm ? { below: 1 } : undefined);
      const order = await session.order([NAME]);
      add('newOrder, pre-authorized', aim);
      const finalized = readOrder(await session.ask(order.finalize, { csr }));
      add('finalize', isWarm ? { below: 3 } : undefined);
      await session.ask(finalized.certificate ?? '', null);
      add('certificate', aim);
    }
    rows.push({ name: 'the whole order', value: sum, unit: '', aim: { below: 7 } });
  } finally {
    await workbench.stop();
  }
  return { title: 'D1 round trips of ACME requests, with a known account', rows };
}
