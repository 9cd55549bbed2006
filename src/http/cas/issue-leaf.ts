import { encodePem } from '../../asn1/pem.ts';
import { SignetError } from '../../errors.ts';
import type { IdentifiedLeafRequest } from '../../issuance/draft-identified-leaf.ts';
import type { IdentifiedIssuance } from '../../issuance/issue-leaf.ts';
import { decodeCsr, parseCsr } from '../../x509/certificate/csr.ts';
import { readSubjectFields } from '../../x509/names/read-subject-fields.ts';
import { encodeSubjectFields } from '../../x509/names/subject-fields.ts';
import { type Parameters, requireParameter } from './authentication/acs-parameters.ts';
import { findCa } from './find-ca.ts';
import { checkKeyAlgorithm } from './key-algorithms.ts';
import { readInteger, readSubject } from './read-parameters.ts';
import type { RpcCall } from './rpc-call.ts';

type LeafContent = Pick<
  IdentifiedLeafRequest,
  | 'profile'
  | 'replaceSubject'
  | 'subjectAltNames'
  | 'onlyTheseNames'
  | 'extendedKeyUsages'
  | 'keyUsages'
  | 'validity'
>;

/** Issues a leaf for Csr from the CA ParentIdentifier. */
export async function issueLeaf(call: RpcCall, content: LeafContent): Promise<IdentifiedIssuance> {
  const { parameters, principal, nonce, requestContext, services } = call;
  const parent = requireParameter(parameters, 'ParentIdentifier');
  const csrDer = decodeCsr(requireParameter(parameters, 'Csr'));
  const algorithm = parameters.get('Algorithm') ?? '';
  if (algorithm !== '') checkKeyAlgorithm(algorithm, parseCsr(csrDer).publicKey);
  const { current } = await findCa(call, parent);
  const issued = await services.issueIdentifiedLeaf({
    ...content,
    authorityId: current.lineageId,
    csrDer,
    customIdentifier: readCustomIdentifier(parameters),
    origin: 'cas',
    principal,
    nonce,
    request: requestContext,
  });
  call.note(`issued ${issued.serialHex}`);
  return issued;
}

/** No controls, lone surrogates, unassigned code points or line breaks. */
const CUSTOM_IDENTIFIER = /^[^\p{C}\p{Zl}\p{Zp}]{1,128}$/u;

/** CreateCustomCertificate spells it customIdentifier. */
function readCustomIdentifier(parameters: Parameters): string | null {
  const text = parameters.get('CustomIdentifier') || parameters.get('customIdentifier') || '';
  if (text === '') return null;
  if (CUSTOM_IDENTIFIER.test(text)) return text;
  throw new SignetError(
    'invalid-parameter',
    'CustomIdentifier must have 1 to 128 printable characters.',
    { field: 'CustomIdentifier' },
  );
}

/**
 * Reads the parameters that replace the CSR's subject; its common name stays if none is given. Null if
 * there are no such parameters.
 */
export function readReplacement({ parameters }: RpcCall): LeafContent['replaceSubject'] {
  const fields = readSubject(parameters, 'Country');
  if (Object.keys(fields).length === 0) return null;
  return (requestedDer) => {
    const { CommonName } = readSubjectFields(requestedDer);
    return encodeSubjectFields({
      ...(CommonName === undefined ? {} : { CommonName }),
      ...fields,
    });
  };
}

/**
 * Describes as much as Immediately asks for: 0 only the identifiers, 1 also the certificate, 2 also its
 * chain. The default is 2.
 */
export function describeIssued(
  { parameters }: RpcCall,
  issued: IdentifiedIssuance,
  certificateField: 'X509Certificate' | 'Certificate',
) {
  const immediately = readImmediately(parameters);
  const { identifier, serialHex, certificateDer, chainDer } = issued;
  return {
    Identifier: identifier,
    SerialNumber: serialHex,
    ...(immediately >= 1 ? { [certificateField]: encodePem('CERTIFICATE', certificateDer) } : {}),
    ...(immediately >= 2
      ? { CertificateChain: chainDer.map((der) => encodePem('CERTIFICATE', der)).join('') }
      : {}),
  };
}

/** @throws SignetError invalid-parameter */
export function readImmediately(parameters: Parameters): number {
  return readInteger(parameters, 'Immediately', 0, 2) ?? 2;
}
