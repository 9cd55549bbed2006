import {
  type DerElement,
  DerError,
  readChildren,
  readObjectIdentifier,
  readOnly,
  TAG,
} from '../../asn1/der.ts';
import { OID } from '../../asn1/oids.ts';
import type { CertificateRequest } from '../certificate/csr.ts';
import { describeExtensions } from './describe-extensions.ts';
import { describeName, describeText } from './describe-name.ts';
import { describePublicKey } from './describe-public-key.ts';
import type { CsrAttributeDescription, CsrDescription } from './description.ts';

/** RFC 2985 section 5.4, and Microsoft's own attributes. */
const ATTRIBUTE_NAMES: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.9.2': 'unstructuredName',
  '1.2.840.113549.1.9.7': 'challengePassword',
  '1.2.840.113549.1.9.8': 'unstructuredAddress',
  '1.3.6.1.4.1.311.13.2.2': 'microsoftEnrollmentCsp',
  '1.3.6.1.4.1.311.13.2.3': 'microsoftOsVersion',
  '1.3.6.1.4.1.311.21.20': 'microsoftClientInfo',
};

const EXTENSION_REQUESTS: readonly string[] = [OID.extensionRequest, OID.microsoftExtensionRequest];

/** Describes a CSR, whatever is in it. Its signature is not verified. */
export async function describeCsr(csr: CertificateRequest): Promise<CsrDescription> {
  const { algorithm, pss } = csr.signatureAlgorithm;
  return {
    version: 1,
    subject: describeName(csr.subjectDer),
    publicKey: await describePublicKey(csr.publicKey.spkiDer),
    extensions: describeExtensions(csr.extensions),
    attributes: readAttributes(csr.infoDer),
    signatureAlgorithm: { oid: algorithm.oid, name: algorithm.name, pss },
    signature: csr.signature.toHex(),
  };
}

/** Reads the attributes of a CertificationRequestInfo (RFC 2986 section 4.1), which parseCsr has checked. */
function readAttributes(infoDer: Uint8Array): CsrAttributeDescription[] {
  const parts = readChildren(readOnly(infoDer, TAG.sequence).content);
  const attributes = parts.find(({ tag }) => tag === 0xa0);
  if (attributes === undefined) return [];
  return readChildren(attributes.content)
    .map(readAttribute)
    .filter(({ oid }) => !EXTENSION_REQUESTS.includes(oid));
}

function readAttribute({ content }: DerElement): CsrAttributeDescription {
  const [type, values] = readChildren(content);
  if (type === undefined || values === undefined) throw new DerError('not an Attribute');
  const oid = readObjectIdentifier(type);
  return {
    oid,
    name: ATTRIBUTE_NAMES[oid] ?? null,
    values: readChildren(values.content).map(describeText),
  };
}
