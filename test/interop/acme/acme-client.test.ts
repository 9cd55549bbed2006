import acme from 'acme-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AcmeServer, startAcmeServer } from './acme-server.ts';
import { type Issued, readIssued } from './read-issued.ts';

const NAME = 'www.example.test';

let signet: AcmeServer;
beforeAll(async () => {
  signet = await startAcmeServer();
});
afterAll(() => signet.stop());

/** Opens an account whose names are pre-authorized or have to be proven. */
async function openClient(proof: 'pre-authorized' | 'prove'): Promise<acme.Client> {
  const eabKey = await signet.makeEabKey({
    dnsNames: [{ name: 'example.test', match: 'any-depth', wildcards: true, acme: proof }],
    ipRanges: [
      { range: '10.0.0.0/8', acme: proof },
      { range: '127.0.0.1/32', acme: proof },
    ],
  });
  const client = new acme.Client({
    directoryUrl: signet.directoryUrl,
    accountKey: await acme.crypto.createPrivateEcdsaKey(),
    externalAccountBinding: { kid: eabKey.id, hmacKey: eabKey.macKey },
    backoffMin: 100,
  });
  await client.createAccount({ termsOfServiceAgreed: true, contact: ['mailto:ops@example.test'] });
  return client;
}

type Authorization = acme.Authorization;
type Challenge = Authorization['challenges'][number];

/** Lets the responders and the resolver answer a challenge. */
async function respond(authz: Authorization, { type, token }: Challenge, keyAuthorization: string) {
  const { value } = authz.identifier;
  const chosen: string = type;
  if (chosen === 'http-01') signet.http.tokens.set(token, keyAuthorization);
  else if (chosen === 'dns-01') {
    signet.doh.add({ type: 'TXT', name: `_acme-challenge.${value}`, data: keyAuthorization });
  } else {
    const [key, certificate] = await acme.crypto.createAlpnCertificate(authz, keyAuthorization);
    const serverName =
      authz.identifier.type === 'ip'
        ? `${value.split('.').toReversed().join('.')}.in-addr.arpa`
        : value;
    signet.tls.present(serverName, key, certificate);
  }
}

/** Orders a certificate and answers challenges of one type; null if there must be none. */
async function obtain(
  client: acme.Client,
  identifiers: readonly { readonly type: string; readonly value: string }[],
  challengeType: string | null,
): Promise<Issued> {
  const order = await client.createOrder({ identifiers: [...identifiers] });
  if (challengeType === null) expect(order.status).toBe('ready');
  for (const authz of await client.getAuthorizations(order)) {
    if (challengeType === null) {
      expect(authz.status).toBe('valid');
      continue;
    }
    expect(authz.status).toBe('pending');
    const challenge = authz.challenges.find(({ type }) => String(type) === challengeType);
    if (challenge === undefined)
      throw new Error(`no ${challengeType} for ${authz.identifier.value}`);
    await respond(authz, challenge, await client.getChallengeKeyAuthorization(challenge));
    await client.completeChallenge(challenge);
    await client.waitForValidStatus(challenge);
  }
  const altNames = identifiers.map(({ value }) => value);
  const [, csr] = await acme.crypto.createCsr({ altNames });
  const finalized = await client.finalizeOrder(order, csr);
  return readIssued(signet, await client.getCertificate(finalized));
}

const dns = (value: string) => ({ type: 'dns', value });
const ip = (value: string) => ({ type: 'ip', value });

describe('acme-client, for names that the policy pre-authorizes', () => {
  it('gets a certificate without any challenge', async () => {
    const client = await openClient('pre-authorized');
    const identifiers = [dns(NAME), dns('*.example.test'), ip('10.0.0.5')];
    const { names } = await obtain(client, identifiers, null);
    expect(names).toBe(`DNS:*.example.test, DNS:${NAME}, IP Address:10.0.0.5`);
    expect(signet.doh.questions).toEqual([]);
  });

  it('gets a certificate in its automatic mode', async () => {
    const client = await openClient('pre-authorized');
    const [, csr] = await acme.crypto.createCsr({ altNames: [NAME] });
    const refuse = () => Promise.reject(new Error('There must be no challenge'));
    const chain = await client.auto({
      csr,
      challengeCreateFn: refuse,
      challengeRemoveFn: refuse,
      termsOfServiceAgreed: true,
    });
    expect((await readIssued(signet, chain)).names).toBe(`DNS:${NAME}`);
  });

  it('gets a certificate that the account of the key for external account binding owns', async () => {
    const client = await openClient('pre-authorized');
    const { serial } = await obtain(client, [dns('owned.example.test')], null);
    const record = await signet.call('GET', `/api/v1/certificates/${serial}?authority=default`);
    expect(record).toMatchObject({ account: 'root', serial });
    const { events } = await signet.call('GET', '/api/v1/audit?limit=500&order=newest');
    const actor = client.getAccountUrl().split('/').at(-1);
    expect(JSON.stringify(events)).toContain(`"actor":"${actor}"`);
  });

  it('is refused names that the policy does not permit, each with its own problem', async () => {
    const client = await openClient('pre-authorized');
    const identifiers = [dns(NAME), dns('www.example.com'), ip('192.168.0.1')];
    await expect(client.createOrder({ identifiers })).rejects.toThrow(/example\.com/);
  });
});

describe('acme-client, for names that have to be proven', () => {
  it('proves names by http-01', async () => {
    const client = await openClient('prove');
    signet.doh.add({ type: 'A', name: 'one.example.test', data: '127.0.0.1' });
    signet.doh.add({ type: 'CNAME', name: 'two.example.test', data: 'one.example.test' });
    const identifiers = [dns('one.example.test'), dns('two.example.test')];
    const { names } = await obtain(client, identifiers, 'http-01');
    expect(names).toBe('DNS:one.example.test, DNS:two.example.test');
  });

  it('proves names and a wildcard by dns-01', async () => {
    const client = await openClient('prove');
    const identifiers = [dns('dns.example.test'), dns('*.dns.example.test')];
    const { names } = await obtain(client, identifiers, 'dns-01');
    expect(names).toBe('DNS:*.dns.example.test, DNS:dns.example.test');
  });

  it('proves a name by dns-01 through a CNAME to another zone', async () => {
    const client = await openClient('prove');
    const order = await client.createOrder({ identifiers: [dns('moved.example.test')] });
    const [authz] = await client.getAuthorizations(order);
    const challenge = authz?.challenges.find(({ type }) => type === 'dns-01');
    if (challenge === undefined) throw new Error('no dns-01');
    const data = await client.getChallengeKeyAuthorization(challenge);
    const target = 'moved.challenges.example.org';
    signet.doh.add({ type: 'CNAME', name: '_acme-challenge.moved.example.test', data: target });
    signet.doh.add({ type: 'TXT', name: target, data });
    await client.completeChallenge(challenge);
    expect(await client.waitForValidStatus(challenge)).toMatchObject({ status: 'valid' });
  });

  it('proves names by tls-alpn-01', async () => {
    const client = await openClient('prove');
    signet.doh.add({ type: 'A', name: 'tls.example.test', data: '127.0.0.1' });
    const { names } = await obtain(client, [dns('tls.example.test')], 'tls-alpn-01');
    expect(names).toBe('DNS:tls.example.test');
  });

  it.each(['http-01', 'tls-alpn-01'])('proves an IP address by %s', async (type) => {
    const client = await openClient('prove');
    const { names } = await obtain(client, [ip('127.0.0.1')], type);
    expect(names).toBe('IP Address:127.0.0.1');
  });

  it('is told why a challenge failed', async () => {
    const client = await openClient('prove');
    signet.doh.add({ type: 'A', name: 'wrong.example.test', data: '127.0.0.1' });
    const order = await client.createOrder({ identifiers: [dns('wrong.example.test')] });
    const [authz] = await client.getAuthorizations(order);
    const challenge = authz?.challenges.find(({ type }) => type === 'http-01');
    if (challenge === undefined) throw new Error('no http-01');
    signet.http.tokens.set(challenge.token, 'something else');
    await client.completeChallenge(challenge);
    await expect(client.waitForValidStatus(challenge)).rejects.toThrow();
    const [failed] = await client.getAuthorizations(order);
    expect(failed?.status).toBe('invalid');
    expect(failed?.challenges.find(({ type }) => type === 'http-01')).toMatchObject({
      status: 'invalid',
      error: { type: 'urn:ietf:params:acme:error:unauthorized' },
    });
    expect(await client.getOrder(order)).toMatchObject({ status: 'invalid' });
  });
});

describe('acme-client, with its account', () => {
  it('changes contact and key, revokes, and deactivates', async () => {
    const client = await openClient('pre-authorized');
    const { leaf, serial } = await obtain(client, [dns('revoked.example.test')], null);
    const contact = ['mailto:new@example.test'];
    expect(await client.updateAccount({ contact })).toMatchObject({ status: 'valid', contact });
    await client.updateAccountKey(await acme.crypto.createPrivateEcdsaKey('P-384'));
    await client.revokeCertificate(leaf.toString(), { reason: 4 });
    expect(await signet.findRevocation(serial)).toMatchObject({ reason: 'superseded' });
    expect(await client.updateAccount({ status: 'deactivated' })).toMatchObject({
      status: 'deactivated',
    });
    await expect(client.createOrder({ identifiers: [dns(NAME)] })).rejects.toThrow();
  });

  it('takes RSA, P-384 and P-521 keys', async () => {
    const eabKey = await signet.makeEabKey({
      dnsNames: [{ name: 'example.test', match: 'any-depth', acme: 'pre-authorized' }],
    });
    for (const accountKey of [
      await acme.crypto.createPrivateRsaKey(2048),
      await acme.crypto.createPrivateEcdsaKey('P-384'),
      await acme.crypto.createPrivateEcdsaKey('P-521'),
    ]) {
      const client = new acme.Client({
        directoryUrl: signet.directoryUrl,
        accountKey,
        externalAccountBinding: { kid: eabKey.id, hmacKey: eabKey.macKey },
      });
      await client.createAccount({ termsOfServiceAgreed: true });
      const order = await client.createOrder({ identifiers: [dns(NAME)] });
      expect(order.status).toBe('ready');
    }
  });

  it('gets no account without a key for external account binding, or with a wrong one', async () => {
    const { id } = await signet.makeEabKey({});
    const accountKey = await acme.crypto.createPrivateEcdsaKey();
    const { directoryUrl } = signet;
    const open = (binding: object) =>
      new acme.Client({ directoryUrl, accountKey, ...binding }).createAccount({
        termsOfServiceAgreed: true,
      });
    await expect(open({})).rejects.toThrow(/external account/i);
    const wrong = { kid: id, hmacKey: Buffer.alloc(32).toString('base64url') };
    await expect(open({ externalAccountBinding: wrong })).rejects.toThrow();
  });
});
