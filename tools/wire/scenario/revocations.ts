import { createPublicKey, type KeyObject, sign } from 'node:crypto';
import type { Client } from '../client.ts';
import { deriveKey, exportPublicKey } from '../keys.ts';
import { toDer } from '../openssl.ts';
import { issue, leaf } from './certificates.ts';

const PATH = '/api/v1/certificates';

/** Revoking, holding and releasing by the API of our own. */
export async function recordRevocations(client: Client): Promise<void> {
  for (const name of ['held', 'compromised', 'dated', 'plain']) await issue(client, name);
  const act = (name: string, serial: string, verb: string, body?: unknown) =>
    client.call(`revocation: ${name}`, `POST ${PATH}/${serial}/${verb}`, { body });
  const held = client.get('serial of held');
  await act('release what is valid', held, 'release');
  await act('hold', held, 'revoke', { reason: 'certificateHold' });
  await act('hold again', held, 'revoke', { reason: 'certificateHold' });
  await act('release', held, 'release');
  await act('release again', held, 'release');
  await act('hold once more', held, 'revoke', { reason: 'certificateHold' });
  await act('hold becomes superseded', held, 'revoke', { reason: 'superseded' });
  await act('release what is revoked', held, 'release');
  await act('without a body', client.get('serial of plain'), 'revoke');
  await act('again', client.get('serial of plain'), 'revoke');
  await act('with a date', client.get('serial of dated'), 'revoke', {
    reason: 'cessationOfOperation',
    invalidityDate: '2026-01-01T00:00:00Z',
  });
  await act('for compromise', client.get('serial of compromised'), 'revoke', {
    reason: 'keyCompromise',
  });
  const serial = client.get('serial of one');
  await act('reason unknown', serial, 'revoke', { reason: 'boredom' });
  await act('reason removeFromCRL', serial, 'revoke', { reason: 'removeFromCRL' });
  await act('date in the future', serial, 'revoke', { invalidityDate: '2099-01-01T00:00:00Z' });
  await act('date that is none', serial, 'revoke', { invalidityDate: 'yesterday' });
  await act('unknown', '1234567890abcdef', 'revoke');
  await act('release unknown', '1234567890abcdef', 'release');
  await act('no hexadecimal', 'xyz', 'revoke');
  await act('release with a body', held, 'release', { x: 1 });
  await client.call('revocation: read', `GET ${PATH}/${held}`, {
    headers: { Accept: 'application/json' },
  });
  const web = { id: client.get('key web'), secret: client.get('secret web') };
  await client.call('revocation: by another account', `POST ${PATH}/${serial}/revoke`, { as: web });
  await client.call('certificate: key that is blocked', `POST ${PATH}`, {
    body: { csr: client.openssl.makeCsrPem(leaf('compromised')) },
  });
  await recordMany(client);
  await recordProofs(client);
}

async function recordMany(client: Client): Promise<void> {
  const { openssl } = client;
  const csr = openssl.makeCsrPem(leaf('many'));
  for (const number of [1, 2, 3]) {
    await client.call(`revoke many: issue ${number}`, `POST ${PATH}`, { body: { csr } });
  }
  const many = await client.call('revoke many: issue 4', `POST ${PATH}`, {
    body: { csr },
    headers: { Accept: 'application/json' },
  });
  const publicKey = exportPublicKey(deriveKey('many'));
  const account = client.get('account web');
  for (const [name, body] of Object.entries({
    'of a key elsewhere': { publicKey, authority: 'no-such' },
    'of a key': { publicKey, reason: 'superseded' },
    'of a key again': { publicKey },
    'by a serial number': { serial: many.at('serial') },
    'by an unknown serial number': { serial: '1234567890abcdef' },
    'of an account': { account, reason: 'cessationOfOperation' },
    'of an unknown account': { account: 'acct-000000000000' },
    'of key and account': { publicKey, account },
    'on hold': { publicKey, reason: 'certificateHold' },
    'of a broken key': { publicKey: 'x' },
    'of an odd key': {
      publicKey: openssl.run(['pkey', '-pubout'], openssl.makeKey('ED448')).toString(),
    },
    'after nothing': { publicKey, after: 'x' },
    'for compromise': { publicKey, reason: 'keyCompromise' },
  })) {
    await client.call(`revoke many: ${name}`, 'POST /api/v1/revocations', { body });
  }
  const web = { id: client.get('key web'), secret: client.get('secret web') };
  for (const [name, body] of Object.entries({ account: { account }, key: { publicKey } })) {
    await client.call(`revoke many: of a ${name} by another account`, 'POST /api/v1/revocations', {
      as: web,
      body,
    });
  }
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const PROOF_URL = 'https://ca.example.test/api/v1/revocations/key-proof';

function makeProof(key: KeyObject, header: object, payload: object) {
  const parts = { protected: encode(header), payload: encode(payload) };
  const text = Buffer.from(`${parts.protected}.${parts.payload}`);
  const signature = sign('sha256', text, { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
  return { ...parts, signature };
}

async function recordProofs(client: Client): Promise<void> {
  for (const name of ['proof', 'proof2']) await issue(client, name);
  const key = deriveKey('proof');
  const header = { alg: 'ES256', url: PROOF_URL };
  const certificate = toDer(client.get('pem of proof')).toString('base64url');
  const foreign = client.openssl.makeCertificate(leaf('proof'), null);
  const right = makeProof(key, header, { certificate, reason: 'superseded' });
  const jwk = createPublicKey(key).export({ format: 'jwk' });
  const otherJwk = createPublicKey(deriveKey('other')).export({ format: 'jwk' });
  for (const [name, body] of Object.entries({
    'of another key': makeProof(deriveKey('other'), header, { certificate }),
    'wrong address': makeProof(key, { ...header, url: 'https://a.test/' }, { certificate }),
    'no address': makeProof(key, { alg: 'ES256' }, { certificate }),
    'algorithm none': makeProof(key, { ...header, alg: 'none' }, { certificate }),
    'algorithm of another key': makeProof(key, { ...header, alg: 'RS256' }, { certificate }),
    'another jwk': makeProof(key, { ...header, jwk: otherJwk }, { certificate }),
    'unknown header': makeProof(key, { ...header, crit: ['x'] }, { certificate }),
    'no certificate': makeProof(key, header, {}),
    'broken certificate': makeProof(key, header, { certificate: 'AAAA' }),
    'foreign certificate': makeProof(key, header, {
      certificate: toDer(foreign).toString('base64url'),
    }),
    'odd reason': makeProof(key, header, { certificate, reason: 'certificateHold' }),
    'reason as number': makeProof(key, header, { certificate, reason: 1 }),
    'no base64': { ...right, payload: '***' },
    'broken signature': { ...right, signature: 'AAAA' },
    'missing part': { protected: right.protected, payload: right.payload },
    right,
    again: right,
    'right with jwk': makeProof(
      deriveKey('proof2'),
      {
        ...header,
        jwk: createPublicKey(deriveKey('proof2')).export({ format: 'jwk' }),
      },
      { certificate: toDer(client.get('pem of proof2')).toString('base64url') },
    ),
    'jwk of a revoked key': makeProof(key, { ...header, jwk }, { certificate }),
  })) {
    await client.call(`key proof: ${name}`, 'POST /api/v1/revocations/key-proof', {
      as: null,
      body,
    });
  }
}
