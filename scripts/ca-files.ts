import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from './user-error.ts';

/** Paths of a CA's files, if they are not where `openssl ca` puts them. */
export interface CaFileOptions {
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly chain?: string | undefined;
}

/** A CA's private key with its certificates. */
export interface CaFiles {
  /** PKCS#8 PEM. */
  readonly keyPem: string;
  readonly key: KeyObject;
  /** PEM: the CA's certificate, then its issuers up to the root. */
  readonly certificatesPem: string;
  readonly certificateDer: Uint8Array;
  /** One line, for people. */
  readonly subject: string;
}

/**
 * Reads private/cakey.pem and cacert.pem of an `openssl ca` directory.
 * @throws UserError if one is missing or encrypted, or if key and certificate do not match
 */
export function readCaFiles(directory: string, options: CaFileOptions): CaFiles {
  const keyPath = options.key ?? join(directory, 'private', 'cakey.pem');
  const certPath = options.cert ?? join(directory, 'cacert.pem');
  const key = readKey(keyPath);
  const given = [certPath, ...(options.chain === undefined ? [] : [options.chain])].flatMap(
    (path) => parseCertificates(readText(path, path === certPath ? '--cert' : '--chain'), path),
  );
  const certificate = given.find((candidate) => candidate.checkPrivateKey(key));
  if (certificate === undefined) {
    throw new UserError(`The key in ${keyPath} does not match any certificate in ${certPath}.`);
  }
  if (!certificate.ca) {
    throw new UserError(
      `The certificate in ${certPath} is not a CA: its basic constraints lack CA:TRUE.`,
    );
  }
  if (certificate.validToDate.getTime() < Date.now()) {
    throw new UserError(`The CA certificate in ${certPath} expired on ${certificate.validTo}.`);
  }
  return {
    keyPem: key.export({ type: 'pkcs8', format: 'pem' }).toString().trim(),
    key,
    certificatesPem: findChain(certificate, given)
      .map((each) => each.toString().trim())
      .join('\n'),
    certificateDer: certificate.raw,
    subject: certificate.subject.replaceAll('\n', ', '),
  };
}

/** Reads a file. @param option the command line option that names this file, for the error message */
export function readText(path: string, option: string): string {
  if (!existsSync(path)) {
    throw new UserError(`There is no ${path}. Name the file with ${option} FILE.`);
  }
  return readFileSync(path, 'utf8');
}

function readKey(path: string): KeyObject {
  const pem = readText(path, '--key');
  if (pem.includes('ENCRYPTED')) {
    throw new UserError(`The key in ${path} is encrypted. Decrypt it into a file that only you can read:

  (umask 077; openssl pkey -in ${path} -out ca-key.pem)

Then run this again with --key ca-key.pem, and delete ca-key.pem afterwards.`);
  }
  try {
    return createPrivateKey(pem);
  } catch {
    throw new UserError(`${path} is not a private key in PEM.`);
  }
}

function parseCertificates(text: string, path: string): X509Certificate[] {
  const blocks = findCertificateBlocks(text);
  if (blocks.length === 0) throw new UserError(`${path} has no certificate in PEM.`);
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    throw new UserError(`A certificate in ${path} cannot be read.`);
  }
}

/** Returns each certificate in a text as PEM, without the description that openssl writes before it. */
export function findCertificateBlocks(text: string): string[] {
  return (
    text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g)?.map(String) ?? []
  );
}

/** Names can be the same in other words, which only checkIssued knows. */
function isSelfIssued(certificate: X509Certificate): boolean {
  return certificate.subject === certificate.issuer || certificate.checkIssued(certificate);
}

/** Returns the certificate and its issuers up to the self-signed root. */
function findChain(
  certificate: X509Certificate,
  given: readonly X509Certificate[],
): X509Certificate[] {
  const chain = [certificate];
  for (let current = certificate; !isSelfIssued(current); ) {
    const issuer = given.find(
      (candidate) => !chain.includes(candidate) && current.checkIssued(candidate),
    );
    if (issuer === undefined) {
      throw new UserError(
        `This CA was issued by another one: ${current.issuer.replaceAll('\n', ', ')}. Give the certificates of its issuers, up to the self-signed root, in one file with --chain FILE.`,
      );
    }
    chain.push(issuer);
    current = issuer;
  }
  return chain;
}
