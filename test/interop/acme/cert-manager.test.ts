import acme from 'acme-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AcmeSession, readDirectory, readOrder, sendByFetch } from '../../../tools/acme/session.ts';
import { type AcmeServer, startAcmeServer } from './acme-server.ts';
import { readIssued } from './read-issued.ts';

const NAME = 'ingress.example.test';
const HOUR_MS = 3_600_000;

let signet: AcmeServer;
beforeAll(async () => {
  signet = await startAcmeServer();
});
afterAll(() => signet.stop());

/** What cert-manager's ACME client sends, request by request: it needs a Kubernetes cluster to run. */
describe('the requests of cert-manager', () => {
  it('register an issuer and get a certificate with the duration of the Certificate', async () => {
    const eabKey = await signet.makeEabKey({
      dnsNames: [{ name: 'example.test', match: 'any-depth', acme: 'pre-authorized' }],
    });
    const directory = await readDirectory(signet.directoryUrl);
    const session = new AcmeSession(directory, sendByFetch);

    // The issuer looks for its account first, without the external account binding.
    const missing = await session.post(directory.newAccount, { onlyReturnExisting: true });
    expect(missing.status).toBe(400);
    expect(JSON.parse(missing.text)).toMatchObject({
      type: 'urn:ietf:params:acme:error:accountDoesNotExist',
    });
    await session.register(eabKey);
    const account = session.account ?? '';
    session.account = null;
    const found = await session.post(directory.newAccount, { onlyReturnExisting: true });
    expect({ status: found.status, location: found.header('Location') }).toEqual({
      status: 200,
      location: account,
    });
    session.account = account;
    const contact = ['mailto:ops@example.test'];
    const updated = await session.ask(account, { contact });
    expect(JSON.parse(updated.text)).toMatchObject({ status: 'valid', contact });

    // With enableDurationFeature, the order has the end that the Certificate asks for.
    const notAfter = new Date(Math.trunc(Date.now() / 1000) * 1000 + HOUR_MS).toISOString();
    const order = await session.order([{ type: 'dns', value: NAME }], { notAfter });
    expect(order.status).toBe('ready');
    const read = await session.ask(order.url, null);
    expect(JSON.parse(read.text)).toMatchObject({ status: 'ready' });
    for (const url of order.authorizations) {
      const authorization = await session.ask(url, null);
      expect(JSON.parse(authorization.text)).toMatchObject({
        status: 'valid',
        identifier: { type: 'dns', value: NAME },
      });
    }

    // The order carries the key of the Secret; the subject of its CSR is empty or the common name.
    const [, csr] = await acme.crypto.createCsr({ altNames: [NAME] });
    const body = { csr: acme.crypto.getPemBodyAsB64u(csr) };
    const finalized = await session.ask(order.finalize, body);
    expect(finalized.header('Location')).toBe(order.url);
    const { status, certificate } = readOrder(await session.ask(order.url, null));
    expect(status).toBe('valid');
    const chain = await session.ask(certificate ?? '', null);
    expect(chain.header('Content-Type')).toBe('application/pem-certificate-chain');
    const { leaf, names } = await readIssued(signet, chain.text);
    expect(names).toBe(`DNS:${NAME}`);
    expect(Math.abs(Date.parse(leaf.validTo) - Date.parse(notAfter))).toBeLessThanOrEqual(1000);
  });

  it('refuse an order whose end is past the profile', async () => {
    const eabKey = await signet.makeEabKey({
      dnsNames: [{ name: 'example.test', match: 'any-depth', acme: 'pre-authorized' }],
    });
    const session = new AcmeSession(await readDirectory(signet.directoryUrl), sendByFetch);
    await session.register(eabKey);
    const notAfter = new Date(Date.now() + 10_000 * 24 * HOUR_MS).toISOString();
    const identifiers = [{ type: 'dns', value: NAME }];
    const answer = await session.post(session.directory.newOrder, { identifiers, notAfter });
    expect(answer.status).toBe(400);
    expect(answer.header('Content-Type')).toBe('application/problem+json');
    expect(answer.header('Replay-Nonce')).not.toBeNull();
  });
});
