import { DerError, readChildren, readOnly, TAG } from '../../asn1/der.ts';
import { OID } from '../../asn1/oids.ts';
import { decodeLatin1 } from '../../asn1/strings.ts';
import { equalBytes } from '../../bytes.ts';
import { SignetError } from '../../errors.ts';
import type { Network } from '../../net/network.ts';
import { type Certificate, parseCertificate } from '../../x509/certificate/certificate.ts';
import { parseIpAddress } from '../../x509/names/ip-address.ts';
import { isSameName } from '../../x509/names/name-comparison.ts';
import { isSignedBy } from '../../x509/path/chain.ts';
import type { Identifier } from '../acme-error.ts';
import { type Challenge, type ChallengeOutcome, refuse, VALID } from './challenge.ts';
import { hashKeyAuthorization } from './key-authorization.ts';

/** RFC 8737 section 6.2. */
const PROTOCOL = 'acme-tls/1';

/** RFC 8737; for IP addresses RFC 8738 section 6. @throws NetworkError */
export async function validateTlsAlpn01(
  network: Network,
  { identifier, keyAuthorization }: Challenge,
  signal: AbortSignal,
): Promise<ChallengeOutcome> {
  const options = { serverName: nameServer(identifier), protocol: PROTOCOL };
  const certificateDer = await network.readTlsCertificate(identifier, options, signal);
  const digest = await hashKeyAuthorization(keyAuthorization);
  const reason = await findFault(certificateDer, identifier, digest);
  return reason === null
    ? VALID
    : refuse('unauthorized', `The certificate for ${identifier.value} ${reason}.`);
}

/** The name for SNI. An IP address has its name for reverse lookups (RFC 8738 section 6). */
export function nameServer({ type, value }: Identifier): string {
  const octets = type === 'ip' ? parseIpAddress(value) : null;
  if (octets === null) return value;
  if (octets.length === 4) return `${[...octets].reverse().join('.')}.in-addr.arpa`;
  return `${[...octets.toHex()].reverse().join('.')}.ip6.arpa`;
}

/** Returns what is wrong with the certificate, or null. */
async function findFault(
  certificateDer: Uint8Array,
  identifier: Identifier,
  digest: Uint8Array,
): Promise<string | null> {
  try {
    const certificate = parseCertificate(certificateDer);
    if (!(await isSelfSigned(certificate))) return 'is not self-signed';
    return findNameFault(certificate, identifier) ?? findDigestFault(certificate, digest);
  } catch (error) {
    if (error instanceof SignetError || error instanceof DerError) return 'cannot be read';
    throw error;
  }
}

async function isSelfSigned(certificate: Certificate): Promise<boolean> {
  const { issuerDer, subjectDer } = certificate;
  return isSameName(issuerDer, subjectDer) && (await isSignedBy(certificate, certificate));
}

/** Tags of GeneralName (RFC 5280 section 4.2.1.6). */
const DNS_TAG = 0x82;
const IP_TAG = 0x87;

function findNameFault({ extensions }: Certificate, identifier: Identifier): string | null {
  const extension = extensions.get(OID.subjectAltName);
  if (extension === undefined) return 'has no subjectAltName';
  const names = readChildren(readOnly(extension.valueDer, TAG.sequence).content);
  const [name] = names;
  if (name === undefined || names.length !== 1) return 'does not have exactly one name';
  const octets = identifier.type === 'ip' ? parseIpAddress(identifier.value) : null;
  const isRight =
    octets === null
      ? name.tag === DNS_TAG && decodeLatin1(name.content).toLowerCase() === identifier.value
      : name.tag === IP_TAG && equalBytes(name.content, octets);
  return isRight ? null : 'has another name';
}

function findDigestFault({ extensions }: Certificate, digest: Uint8Array): string | null {
  const extension = extensions.get(OID.acmeIdentifier);
  if (extension === undefined) return 'has no acmeIdentifier extension';
  if (!extension.critical) return 'has an acmeIdentifier extension that is not critical';
  const { content } = readOnly(extension.valueDer, TAG.octetString);
  return equalBytes(content, digest) ? null : 'has not the digest of the key authorization';
}
