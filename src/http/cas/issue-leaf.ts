import { encodePem } from '../../asn1/pem.ts';
import type { IdentifiedLeafRequest } from '../../issuance/issue-identified-leaf.ts';
import type { IssuedSubordinate } from '../../issuance/issue-subordinate.ts';
import { decodeCsr, parseCsr } from '../../x509/certificate/csr.ts';
import { readSubjectFields } from '../../x509/names/read-subject-fields.ts';
import { encodeSubjectFields } from '../../x509/names/subject-fields.ts';
import { findCa } from './find-ca.ts';
import { checkKeyAlgorithm } from './key-algorithms.ts';
import { readInteger } from './read-numbers.ts';
import { readSubject } from './read-subject.ts';
import { type RpcCall, requireParameter } from './rpc-call.ts';

type Wishes = Pick<
  IdentifiedLeafRequest,
  | 'profile'
  | 'replaceSubject'
  | 'subjectAltNames'
  | 'onlyTheseNames'
  | 'extendedKeyUsages'
  | 'keyUsages'
  | 'validity'
>;

/** Issues a leaf for Csr by the CA that ParentIdentifier names. */
export async function issueLeaf(call: RpcCall, wishes: Wishes): Promise<IssuedSubordinate> {
  const { parameters, principal, nonce, context, services } = call;
  const parent = requireParameter(parameters, 'ParentIdentifier');
  const csrDer = decodeCsr(requireParameter(parameters, 'Csr'));
  const algorithm = parameters.get('Algorithm') ?? '';
  if (algorithm !== '') checkKeyAlgorithm(algorithm, parseCsr(csrDer).publicKey);
  const { current } = await findCa(call, parent);
  const issued = await services.issueIdentifiedLeaf({
    ...wishes,
    authority: await services.openCurrentAuthority(current.lineageId),
    csrDer,
    principal,
    nonce,
    request: context,
  });
  call.note(`issued ${issued.serialHex}`);
  return issued;
}

/**
 * The subject's parameters go before the request's subject; its common name stays where none is
 * given. Null where there are no such parameters.
 */
export function readReplacement({ parameters }: RpcCall): Wishes['replaceSubject'] {
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
 * As much as Immediately asks for: 0 nothing but what the certificate is called, 1 the certificate,
 * 2 its chain as well; everything where it is not given.
 */
export function describeIssued(
  { parameters }: RpcCall,
  issued: IssuedSubordinate,
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
export function readImmediately(parameters: RpcCall['parameters']): number {
  return readInteger(parameters, 'Immediately', 0, 2) ?? 2;
}
