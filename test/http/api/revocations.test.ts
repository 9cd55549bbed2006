import { beforeEach, describe, expect, it } from 'vitest';
import { encodePem } from '../../../src/asn1/pem.ts';
import { commonName, type KeyPair, makeCsrPem, makeKeyPair } from '../../make-csr.ts';
import { captureLog, type LiveWorker, openWorker } from '../live.ts';

captureLog();

const PROOF = '/api/v1/revocations/key-proof';
const MANY = '/api/v1/revocations';

function encode(value: Uint8Array | object): string {
  const bytes =
    value instanceof Uint8Array ? value : new TextEncoder().encode(JSON.stringify(value));
  return bytes.toBase64({ alphabet: 'base64url', omitPadding: true });
}

interface Issued {
  readonly serial: string;
  readonly der: Uint8Array;
  readonly keyPair: KeyPair;
}

let live: LiveWorker;
beforeEach(async () => {
  live = await openWorker();
});

async function issue(keyPair?: KeyPair, as?: string): Promise<Issued> {
  const pair = keyPair ?? (await makeKeyPair());
  const csr = await makeCsrPem({ subject: [commonName('a.test')], keyPair: pair });
  const { json, text } = await live.send('/api/v1/certificates', {
    body: { csr, profile: 'tls-client' },
    headers: { Accept: 'application/json' },
    ...(as === undefined ? {} : { as }),
  });
  const base64 = String(json.certificate).replace(/-----[^-]+-----|\s/g, '');
  if (typeof json.serial !== 'string') throw new Error(text);
  return { serial: json.serial, der: Uint8Array.fromBase64(base64), keyPair: pair };
}

async function prove(
  { der, keyPair }: Issued,
  { header = {}, payload = {} }: { header?: object; payload?: object } = {},
) {
  const head = encode({ alg: 'ES256', url: `http://127.0.0.1:8787${PROOF}`, ...header });
  const body = encode({ certificate: encode(der), ...payload });
  const signature = await crypto.subtle.sign(
    { name: 'ECDSA', hash: 'SHA-256' },
    keyPair.privateKey,
    new TextEncoder().encode(`${head}.${body}`),
  );
  return { protected: head, payload: body, signature: encode(new Uint8Array(signature)) };
}

async function exportPem({ publicKey }: KeyPair): Promise<string> {
  const spki = await crypto.subtle.exportKey('spki', publicKey);
  if (!(spki instanceof ArrayBuffer)) throw new Error('no key');
  return encodePem('PUBLIC KEY', new Uint8Array(spki));
}

/** What was done to a certificate and its key, the oldest first. */
async function listActions(): Promise<unknown[]> {
  const { results } = await live.db
    .prepare(
      "SELECT action FROM audit_events WHERE action IN ('certificate.revoke', 'key.block') ORDER BY position",
    )
    .all<{ action: string }>();
  return results.map(({ action }) => action);
}

async function readReason(serial: string): Promise<unknown> {
  return live.db
    .prepare('SELECT reason FROM revocations WHERE serial = ?')
    .bind(serial)
    .first('reason');
}

describe(`POST ${PROOF}`, () => {
  const send = (body: unknown) => live.send(PROOF, { body, as: null });

  it('revokes for keyCompromise without credentials, blocks the key and records the client', async () => {
    const account = await live.createAccount();
    const key = await live.createKey(['*'], account);
    const issued = await issue(undefined, key.basic);
    const proof = await prove(issued);
    const { status, json } = await send(proof);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      serial: issued.serial,
      reason: 'keyCompromise',
      invalidityDate: null,
    });
    expect(await readReason(issued.serial)).toBe(1);
    const event = await live.db
      .prepare('SELECT account_id, actor FROM audit_events ORDER BY position DESC LIMIT 1')
      .first();
    expect(event).toEqual({ account_id: account, actor: 'key-proof' });
    await expect(issue(issued.keyPair)).rejects.toThrow('key-compromised');

    // Sent again, by whomever, it changes nothing.
    const before = await live.countAll();
    expect((await send(proof)).json.code).toBe('already-revoked');
    expect(await live.countAll()).toEqual(before);
  });

  it('blocks the key of a certificate revoked for another reason', async () => {
    const key = await live.createKey(['*'], await live.createAccount());
    const issued = await issue(undefined, key.basic);
    expect((await send(await prove(issued, { payload: { reason: 'superseded' } }))).status).toBe(
      200,
    );
    const proof = await prove(issued);
    for (let round = 0; round < 2; round++) {
      expect((await send(proof)).json).toMatchObject({
        code: 'already-revoked',
        detail: expect.stringContaining('Its key is blocked'),
      });
      expect(await listActions()).toEqual(['certificate.revoke', 'key.block']);
    }
    expect(await readReason(issued.serial)).toBe(4);
    await expect(issue(issued.keyPair)).rejects.toThrow('key-compromised');
  });

  it('accepts a jwk, and the reasons that a holder may give', async () => {
    const issued = await issue();
    const jwk = await crypto.subtle.exportKey('jwk', issued.keyPair.publicKey);
    const header = { jwk };
    const proof = await prove(issued, { header, payload: { reason: 'superseded' } });
    expect((await send(proof)).json).toMatchObject({ reason: 'superseded' });
    expect((await issue(issued.keyPair)).serial).not.toBe(issued.serial);
  });

  it.each([
    ['https://api.test', 200],
    ['http://crl.test', 200],
    ['https://crl.test', 200],
    ['http://api.test', 400],
    ['https://ca.test', 400],
    ['https://api.test.elsewhere.test', 400],
  ])(
    'compares the URL with the configuration, not with Host: %s gets %i',
    async (origin, status) => {
      live = await openWorker({
        PUBLIC_URL: 'https://api.test',
        PUBLICATION_URL: 'http://crl.test',
      });
      // The requests go to https://ca.test.
      const proof = await prove(await issue(), { header: { url: `${origin}${PROOF}` } });
      const answer = await send(proof);
      expect(answer.status).toBe(status);
      if (status === 400) {
        expect(answer.json.detail).toBe(`'url' in the header must be https://api.test${PROOF}.`);
      }
    },
  );

  it('turns a hold into a revocation', async () => {
    const issued = await issue();
    const path = `/api/v1/certificates/${issued.serial}`;
    await live.send(`${path}/revoke`, { body: { reason: 'certificateHold' } });
    expect((await send(await prove(issued))).status).toBe(200);
    expect((await live.send(`${path}/release`, { method: 'POST' })).json.code).toBe('not-on-hold');
  });

  it.each([
    ['another address', { header: { url: 'https://elsewhere.test/' } }, 'invalid-parameter'],
    ['no text as address', { header: { url: 1 } }, 'malformed-request'],
    ['the algorithm none', { header: { alg: 'none' } }, 'unsupported-algorithm'],
    ['another algorithm', { header: { alg: 'ES384' } }, 'unsupported-algorithm'],
    ['a hold', { payload: { reason: 'certificateHold' } }, 'invalid-parameter'],
    ["a CA's reason", { payload: { reason: 'privilegeWithdrawn' } }, 'invalid-parameter'],
    ['a number as reason', { payload: { reason: 1 } }, 'invalid-parameter'],
    ['more than there is', { payload: { authority: 'default' } }, 'invalid-parameter'],
    ['no certificate', { payload: { certificate: undefined } }, 'missing-parameter'],
    ['bytes that are none', { payload: { certificate: 'AAAA' } }, 'malformed-certificate'],
    ['what is not base64url', { payload: { certificate: '+' } }, 'malformed-request'],
  ])('refuses %s', async (_, changes, code) => {
    const issued = await issue();
    const { status, json } = await send(await prove(issued, changes));
    expect(json.code).toBe(code);
    expect(status).toBe(400);
    expect(await readReason(issued.serial)).toBeNull();
  });

  it('refuses another key, and a certificate that differs in one byte', async () => {
    const issued = await issue();
    const other = await makeKeyPair();
    const foreign = await send(await prove({ ...issued, keyPair: other }));
    expect(foreign.json.code).toBe('invalid-signature');
    const der = issued.der.slice();
    der[der.length - 1] = (der.at(-1) ?? 0) ^ 1;
    expect((await send(await prove({ ...issued, der }))).json.code).toBe('certificate-not-found');
    expect(await readReason(issued.serial)).toBeNull();
  });

  it('refuses what is not a JWS, and reads at most 32 KiB', async () => {
    expect((await send({ payload: '', signature: '' })).json.code).toBe('missing-parameter');
    expect((await send([])).json.code).toBe('malformed-request');
    expect((await send({ protected: '', payload: '', signature: '', header: {} })).status).toBe(
      400,
    );
    expect((await send('x'.repeat(33 * 1024))).json.code).toBe('request-too-large');
  });
});

describe('POST /api/v1/certificates/{serial}/revoke', () => {
  const revoke = (serial: string, reason: string, as: { readonly as?: string } = {}) =>
    live.send(`/api/v1/certificates/${serial}/revoke`, { body: { reason }, ...as });

  it('blocks the key of a certificate revoked for another reason, and records it once', async () => {
    const key = await live.createKey(['*'], await live.createAccount());
    const { serial, keyPair } = await issue(undefined, key.basic);
    const own = { as: key.basic };
    expect((await revoke(serial, 'superseded', own)).status).toBe(200);
    for (let round = 0; round < 2; round++) {
      const refused = await revoke(serial, 'keyCompromise', own);
      expect(refused.status).toBe(409);
      expect(refused.json).toMatchObject({
        code: 'already-revoked',
        detail: expect.stringContaining('Its key is blocked'),
      });
      expect(await listActions()).toEqual(['certificate.revoke', 'key.block']);
    }
    expect(await readReason(serial)).toBe(4);
    await expect(issue(keyPair)).rejects.toThrow('key-compromised');
  });

  it('blocks nothing for another account or a disabled access key', async () => {
    const { serial, keyPair } = await issue();
    await revoke(serial, 'superseded');
    const foreign = await live.createKey(['*'], await live.createAccount());
    const disabled = await live.createKey(['*']);
    await live.send(`/api/v1/access-keys/${disabled.id}`, {
      method: 'PATCH',
      body: { enabled: false },
    });
    const before = await live.countAll();
    const unseen = await revoke(serial, 'keyCompromise', { as: foreign.basic });
    expect(unseen).toMatchObject({ status: 404, json: { code: 'certificate-not-found' } });
    const refused = await revoke(serial, 'keyCompromise', { as: disabled.basic });
    expect(refused.json.code).toBe('access-key-disabled');
    expect(await live.countAll()).toEqual(before);
    expect((await issue(keyPair)).serial).not.toBe(serial);
  });

  it('revokes a certificate on hold, without an event for its key', async () => {
    const { serial, keyPair } = await issue();
    await revoke(serial, 'certificateHold');
    expect((await revoke(serial, 'keyCompromise')).status).toBe(200);
    expect(await readReason(serial)).toBe(1);
    expect(await listActions()).toEqual(['certificate.revoke', 'certificate.revoke']);
    await expect(issue(keyPair)).rejects.toThrow('key-compromised');
  });
});

describe(`POST ${MANY}`, () => {
  it('revokes all certificates of a key named by PEM or a serial number', async () => {
    const keyPair = await makeKeyPair();
    const first = await issue(keyPair);
    const second = await issue(keyPair);
    const other = await issue();
    const { json } = await live.send(MANY, {
      body: { serial: first.serial, reason: 'superseded' },
    });
    expect(json).toEqual({ revoked: 2, remaining: false, next: null });
    expect([await readReason(first.serial), await readReason(second.serial)]).toEqual([4, 4]);
    expect(await readReason(other.serial)).toBeNull();

    const publicKey = await exportPem(other.keyPair);
    const named = await live.send(MANY, { body: { publicKey, reason: 'keyCompromise' } });
    expect(named.json).toMatchObject({ revoked: 1 });
    await expect(issue(other.keyPair)).rejects.toThrow('key-compromised');
  });

  it('blocks a key that has no certificate yet, for root only', async () => {
    const keyPair = await makeKeyPair();
    const publicKey = await exportPem(keyPair);
    const key = await live.createKey(['*'], await live.createAccount());
    const body = { publicKey, reason: 'keyCompromise' };
    const refused = await live.send(MANY, { body, as: key.basic });
    expect(refused).toMatchObject({
      status: 404,
      json: { code: 'certificate-not-found', field: 'publicKey' },
    });
    expect(await live.send(MANY, { body: { publicKey }, as: key.basic })).toMatchObject({
      status: 200,
      json: { revoked: 0 },
    });
    expect(await listActions()).toEqual([]);
    for (let round = 0; round < 2; round++) {
      const { json } = await live.send(MANY, { body });
      expect(json).toEqual({ revoked: 0, remaining: false, next: null });
    }
    expect(await listActions()).toEqual(['key.block']);
    await expect(issue(keyPair)).rejects.toThrow('key-compromised');
  });

  it('lets only root name an account; others revoke their own certificates', async () => {
    const account = await live.createAccount();
    const key = await live.createKey(['*'], account);
    const keyPair = await makeKeyPair();
    const own = await issue(keyPair, key.basic);
    const roots = await issue(keyPair);
    const refused = await live.send(MANY, { body: { account }, as: key.basic });
    expect(refused.json.code).toBe('forbidden');
    const foreign = await live.send(MANY, { body: { serial: roots.serial }, as: key.basic });
    expect(foreign.json.code).toBe('certificate-not-found');
    const mine = await live.send(MANY, { body: { serial: own.serial }, as: key.basic });
    expect(mine.json).toMatchObject({ revoked: 1 });
    expect(await readReason(roots.serial)).toBeNull();

    const second = await issue(undefined, key.basic);
    const all = await live.send(MANY, { body: { account, authority: 'default' } });
    expect(all.json).toMatchObject({ revoked: 1 });
    expect(await readReason(second.serial)).toBe(0);
    expect((await live.send(MANY, { body: { account: 'acct-none' } })).json.code).toBe(
      'account-not-found',
    );
  });

  it.each([
    [{}, 'missing-parameter'],
    [{ account: 'root', serial: '1' }, 'invalid-parameter'],
    [{ account: 'root', reason: 'certificateHold' }, 'invalid-parameter'],
    [{ account: 'root', after: 'x' }, 'invalid-parameter'],
    [{ publicKey: 'x' }, 'invalid-parameter'],
    [{ publicKey: '-----BEGIN PUBLIC KEY-----' }, 'invalid-parameter'],
    [{ serial: 'zz' }, 'invalid-parameter'],
    [{ serial: 'abcd' }, 'certificate-not-found'],
  ])('refuses %j', async (body, code) => {
    expect((await live.send(MANY, { body })).json.code).toBe(code);
  });
});

describe('POST /api/v1/certificates/{serial}/release', () => {
  it('releases a certificate from hold, only for its owner', async () => {
    const key = await live.createKey(['*'], await live.createAccount());
    const { serial } = await issue();
    const path = `/api/v1/certificates/${serial}`;
    await live.send(`${path}/revoke`, { body: { reason: 'certificateHold' } });
    const foreign = await live.send(`${path}/release`, { method: 'POST', as: key.basic });
    expect(foreign.json.code).toBe('certificate-not-found');
    expect(await readReason(serial)).toBe(6);
    const released = await live.send(`${path}/release`, { method: 'POST' });
    expect(released.status).toBe(200);
    expect(released.json).toMatchObject({ serial, authority: 'default' });
    expect(await readReason(serial)).toBeNull();
    const again = await live.send(`${path}/release`, { method: 'POST' });
    expect(again.json.code).toBe('not-on-hold');
    expect(again.status).toBe(409);
  });

  it('releases a hold by root only for root, and one by the account for both', async () => {
    const key = await live.createKey(['*'], await live.createAccount());
    const { serial } = await issue(undefined, key.basic);
    const path = `/api/v1/certificates/${serial}`;
    const hold = (as: { readonly as?: string }) =>
      live.send(`${path}/revoke`, { body: { reason: 'certificateHold' }, ...as });
    const release = (as: { readonly as?: string }) =>
      live.send(`${path}/release`, { method: 'POST', ...as });
    const own = { as: key.basic };
    await hold({});
    const refused = await release(own);
    expect(refused).toMatchObject({ status: 403, json: { code: 'forbidden' } });
    expect(await readReason(serial)).toBe(6);
    expect((await release({})).status).toBe(200);
    for (const as of [own, {}]) {
      await hold(own);
      expect((await release(as)).status).toBe(200);
    }
    // What is final is so for either.
    await hold({});
    expect((await live.send(`${path}/revoke`, { method: 'POST', ...own })).status).toBe(200);
  });

  it('refuses to release if the subject has got another certificate', async () => {
    const { serial } = await issue();
    await live.db.prepare("UPDATE certificates SET origin = 'openssl-ca'").run();
    const path = `/api/v1/certificates/${serial}`;
    await live.send(`${path}/revoke`, { body: { reason: 'certificateHold' } });
    await live.db
      .prepare("INSERT INTO subject_holders VALUES ('default', ?, 'ff', 9999999999)")
      .bind('["2.5.4.3=a.test"]')
      .run();
    const refused = await live.send(`${path}/release`, { method: 'POST' });
    expect(refused.json.code).toBe('subject-already-certified');
    await live.db.prepare('DELETE FROM subject_holders').run();
    expect((await live.send(`${path}/release`, { method: 'POST' })).status).toBe(200);
    const holder = await live.db.prepare('SELECT serial FROM subject_holders').first('serial');
    expect(holder).toBe(serial);
  });
});
