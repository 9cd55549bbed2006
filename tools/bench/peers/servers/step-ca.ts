import { execFileSync } from 'node:child_process';
import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { dirname } from 'node:path';
import { findFreePort } from '../../../../scripts/free-port.ts';
import { makeCaChain } from '../../ca-files.ts';
import { findProgram } from '../../find-program.ts';
import { encodeRequest } from '../../http-client.ts';
import type { Csr, SigningServer, Skipped } from '../server.ts';
import { waitForAnswer } from '../server.ts';
import { makeDirectory, startProcess } from '../start-process.ts';

const NAME = 'step-ca';
const PROVISIONER = 'bench';
const STARTS_WITHIN_MS = 15_000;
const TOKEN_LIFETIME_S = 3600;

/**
 * Starts step-ca with its default database (Badger). It signs only over TLS, and each request needs a
 * token of a provisioner that it accepts once.
 */
export async function startStepCaPeer(): Promise<SigningServer | Skipped> {
  const program = findProgram('STEP_CA', 'step-ca', ['version']);
  if (program === null) return { name: NAME, reason: 'neither STEP_CA nor the PATH has step-ca' };
  const directory = makeDirectory('step-ca');
  const [root, issuing] = makeCaChain(dirname(directory.path('root')));
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { kty, crv, x, y } = publicKey.export({ format: 'jwk' });
  const kid = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
  const port = await findFreePort();
  const database = directory.path('db');
  const settings = {
    root: root.certificate,
    crt: issuing.certificate,
    key: issuing.key,
    address: `127.0.0.1:${port}`,
    dnsNames: ['127.0.0.1'],
    db: { type: 'badgerv2', dataSource: database },
    logger: { format: 'json' },
    authority: {
      provisioners: [
        {
          type: 'JWK',
          name: PROVISIONER,
          key: { kty, crv, x, y, kid, alg: 'ES256', use: 'sig' },
        },
      ],
    },
  };
  const server = startProcess(directory, program, [directory.writeJson('ca.json', settings)]);
  const audience = `https://127.0.0.1:${port}/1.0/sign`;
  const common = {
    name: NAME,
    port,
    protocol: 'https:',
    pid: server.pid,
    hasEnded: server.hasEnded,
    async stop() {
      await server.end();
      directory.remove();
    },
  } as const;
  try {
    await waitForAnswer(common, encodeRequest({ path: '/health' }), 200, STARTS_WITHIN_MS);
  } catch (error) {
    const output = server.readOutput();
    await common.stop();
    throw new Error(`${error}: ${output}`);
  }
  return {
    ...common,
    expectedStatus: 201,
    toRequests: (csrs, count) =>
      Array.from({ length: count }, (_, i) => csrs[i % csrs.length])
        .filter((csr) => csr !== undefined)
        .map(({ name, pem }) =>
          encodeRequest({
            method: 'POST',
            path: '/1.0/sign',
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify({
              csr: pem,
              ott: makeToken(name, { audience, kid, key: privateKey }),
            }),
          }),
        ),
    readCertificate({ body }) {
      const { crt }: { readonly crt: string } = JSON.parse(body.toString());
      return crt;
    },
    async endAndCount() {
      await server.end();
      return countInBadger(database);
    },
  };
}

function makeToken(
  name: Csr['name'],
  issuer: { readonly audience: string; readonly kid: string; readonly key: KeyObject },
): string {
  const { audience, kid, key } = issuer;
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: PROVISIONER,
    aud: audience,
    sub: name,
    sans: [name],
    jti: randomUUID(),
    iat: now,
    nbf: now,
    exp: now + TOKEN_LIFETIME_S,
  };
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode({ alg: 'ES256', kid, typ: 'JWT' })}.${encode(claims)}`;
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}

/** Counts the keys of step-ca's table of certificates; null without Badger's own tool. */
function countInBadger(directory: string): number | null {
  const program = findProgram('BADGER', 'badger', ['help']);
  if (program === null) return null;
  // A key starts with the name of its table, after the length of the name in two bytes.
  const prefix = Buffer.from('\x0a\x00x509_certs').toString('hex');
  const args = ['info', '--dir', directory, '--show-keys', '--with-prefix', prefix];
  const output = execFileSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return output.split('\n').filter((line) => line.startsWith('Key:')).length;
}
