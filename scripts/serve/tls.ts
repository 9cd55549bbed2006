import {
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  X509Certificate,
} from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { encodePem } from '../../src/asn1/pem.ts';
import { encodeCsr } from '../../src/x509/certificate/encode-csr.ts';
import { encodeExtension } from '../../src/x509/certificate/extensions.ts';
import {
  encodeSignatureAlgorithm,
  signatureAlgorithmForKey,
} from '../../src/x509/keys/algorithms.ts';
import { encodeSubjectAltName } from '../../src/x509/names/general-names.ts';
import { encodeNameFromText } from '../../src/x509/names/names.ts';
import { UserError } from '../user-error.ts';
import { askProcess } from './control.ts';

/** Paths of a certificate chain and its private key, in PEM. */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
}

const PROFILE = 'tls-server';
/** A third of the validity is left for renewing. */
const RENEWS_AFTER = 2 / 3;

export function locateOwnTls(directory: string): TlsFiles {
  return { certificate: join(directory, 'server.crt'), key: join(directory, 'server.key') };
}

/** Why the server's own certificate must be issued anew, or null if it is good. */
export function findReasonToRenew(
  files: TlsFiles,
  hostNames: readonly string[],
  nowMs: number,
): string | null {
  const certificate = readOwn(files, hostNames);
  if (typeof certificate === 'string') return certificate;
  const starts = certificate.validFromDate.getTime();
  const ends = certificate.validToDate.getTime();
  // A clock that was ahead has issued it.
  if (nowMs < starts) return 'it is not valid yet';
  return nowMs > starts + RENEWS_AFTER * (ends - starts) ? 'it expires soon' : null;
}

/** Tells whether the server's own certificate can be used, whatever the time is. */
export function isUsable(files: TlsFiles, hostNames: readonly string[]): boolean {
  return typeof readOwn(files, hostNames) !== 'string';
}

/** @returns the certificate, or why it is of no use */
function readOwn(files: TlsFiles, hostNames: readonly string[]): X509Certificate | string {
  if (!existsSync(files.certificate) || !existsSync(files.key)) return 'there is none';
  let certificate: X509Certificate;
  try {
    certificate = readPair(files);
  } catch {
    return 'it cannot be used';
  }
  const missing = hostNames.find((name) => !isNamed(certificate, name));
  return missing === undefined ? certificate : `it does not name ${missing}`;
}

function isNamed(certificate: X509Certificate, name: string): boolean {
  return isIP(name) === 0
    ? certificate.checkHost(name) !== undefined
    : certificate.checkIP(name) !== undefined;
}

/** @throws UserError if the files cannot be read or do not match */
export function checkTlsFiles(files: TlsFiles): void {
  try {
    readPair(files);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(
      `TLS_CERT_FILE or TLS_KEY_FILE cannot be used: ${reason}. Both must be PEM, and the key must not be encrypted.`,
    );
  }
}

/** @throws Error if they are not PEM or do not match */
function readPair({ certificate, key }: TlsFiles): X509Certificate {
  const chain = readFileSync(certificate);
  const parsed = new X509Certificate(chain);
  if (parsed.checkPrivateKey(createPrivateKey(readFileSync(key)))) {
    // Reads the whole chain, as workerd does.
    createSecureContext({ cert: chain, key: readFileSync(key) });
    return parsed;
  }
  throw new UserError(
    `The key in ${key} does not belong to the certificate in ${certificate}. Give the pair that belongs together.`,
  );
}

/**
 * Has Signet issue a certificate for the server's own names, and writes it with a new key.
 * @param secrets those of the Worker: the root access key asks
 * @throws UserError with Signet's reason if it is refused
 */
export async function issueOwnTls(
  files: TlsFiles,
  hostNames: readonly string[],
  controlSocket: string,
  secrets: Readonly<Record<string, string>>,
): Promise<void> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const id = secrets.ROOT_ACCESS_KEY_ID ?? '';
  const secret = secrets.ROOT_ACCESS_KEY_SECRET ?? '';
  const { status, body } = await askProcess(controlSocket, '/api/v1/certificates', {
    method: 'POST',
    headers: {
      Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
      'Content-Type': 'application/json',
      Accept: 'application/pem-certificate-chain',
    },
    body: JSON.stringify({
      csr: await makeCsr(publicKey, privateKey, hostNames),
      profile: PROFILE,
    }),
    timeoutMs: 30_000,
  });
  if (status !== 201) {
    const names = hostNames.join(', ');
    const refusal = `Signet refused a certificate for its own names (${names}): ${readDetail(body)}`;
    if (status >= 500) throw new UserError(refusal);
    throw new UserError(
      `${refusal}\nCorrect HOST_NAMES, or give a certificate by TLS_CERT_FILE and TLS_KEY_FILE.`,
    );
  }
  mkdirSync(join(files.certificate, '..'), { recursive: true, mode: 0o700 });
  writeSafely(files.key, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  writeSafely(files.certificate, body);
}

const SUBJECT_ALT_NAME = '2.5.29.17';

/** @returns a CSR in PEM */
async function makeCsr(
  publicKey: KeyObject,
  privateKey: KeyObject,
  hostNames: readonly string[],
): Promise<string> {
  const signer = {
    publicKey: { spkiDer: new Uint8Array(publicKey.export({ type: 'spki', format: 'der' })) },
    signatureAlgorithmDer: encodeSignatureAlgorithm(signatureAlgorithmForKey('ec', 'P-256')),
    sign: async (bytes: Uint8Array) => new Uint8Array(sign('sha256', bytes, privateKey)),
  };
  const names = hostNames.map((value) => ({
    kind: isIP(value) === 0 ? ('dns' as const) : ('ip' as const),
    value,
  }));
  const extension = encodeExtension(SUBJECT_ALT_NAME, false, encodeSubjectAltName(names));
  const subject = encodeNameFromText(`CN=${hostNames[0]}`);
  return encodePem('CERTIFICATE REQUEST', await encodeCsr(signer, subject, [extension]));
}

/** The reason in an error of Signet's API (RFC 9457). */
function readDetail(body: string): string {
  try {
    const problem: unknown = JSON.parse(body);
    return String(Reflect.get(Object(problem), 'detail'));
  } catch {
    return body;
  }
}

/** Writes a file that only its owner can read, at once. */
function writeSafely(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
