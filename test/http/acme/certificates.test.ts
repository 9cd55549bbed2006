import { describe, expect, it } from 'vitest';
import { parsePem } from '../../../src/asn1/pem.ts';
import { type Certificate, parseCertificate } from '../../../src/x509/certificate/certificate.ts';
import { isSignedBy } from '../../../src/x509/path/chain.ts';
import { captureLog, type LiveWorker, openWorker, type Received } from '../live.ts';
import { expectProblem } from './expect-problem.ts';
import { obtain, openBound } from './orders.ts';

captureLog();

const NAMES = ['a.internal.test'];

function readChain({ text }: Received): Certificate[] {
  return parsePem(text).map(({ der }) => parseCertificate(der));
}

function listAlternates({ headers }: Received): string[] {
  return [...(headers.get('Link') ?? '').matchAll(/<([^>]*)>;rel="alternate"/g)].map(
    ([, url]) => url ?? '',
  );
}

async function isChain(chain: readonly Certificate[]): Promise<boolean> {
  const signed = chain.slice(1).map((issuer, i) => {
    const below = chain[i];
    return below !== undefined && isSignedBy(below, issuer);
  });
  return (await Promise.all(signed)).every((each) => each);
}

async function rekeyDefault(live: LiveWorker): Promise<Certificate> {
  const { text } = await live.send('/acme/default/directory');
  expect(text).not.toBe('');
  const former = await live.send('/ca/default.pem', { as: null });
  const answer = await live.send('/api/v1/authorities/default/rekey', { body: {} });
  expect(answer.status, answer.text).toBeLessThan(300);
  const [root] = readChain(former);
  if (root === undefined) throw new Error('no root');
  return root;
}

describe('the certificate of an order', () => {
  it('has no alternate if its root has one key', async () => {
    const live = await openWorker();
    const client = await openBound(live);
    const { order } = await obtain(client, NAMES);
    const url = String(order.json.certificate);
    expect(listAlternates(await client.post(url))).toEqual([]);
    expectProblem(await client.post(`${url}/1`), 404, 'malformed');
  });

  it('has an alternate chain for clients that trust the older key of a re-keyed root', async () => {
    const live = await openWorker();
    const former = await rekeyDefault(live);
    const client = await openBound(live);
    const { order } = await obtain(client, NAMES);
    const url = String(order.json.certificate);
    const answer = await client.post(url);
    expect(listAlternates(answer)).toEqual([`${url}/1`]);
    const chain = readChain(answer);
    expect(chain).toHaveLength(2);
    expect(await isChain(chain)).toBe(true);

    const alternate = await client.post(`${url}/1`);
    expect(alternate.headers.get('Content-Type')).toBe('application/pem-certificate-chain');
    expect(listAlternates(alternate)).toEqual([url]);
    const older = readChain(alternate);
    expect(older[0]).toEqual(chain[0]);
    expect(older).toHaveLength(2);
    expect(await isChain([...older, former])).toBe(true);
    expect(await isChain([...chain, former])).toBe(false);
    expectProblem(await client.post(`${url}/2`), 404, 'malformed');
  });
});
