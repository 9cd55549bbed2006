import { encodePem } from '../../asn1/pem.ts';
import type { NewAuthority } from '../../authorities/management.ts';
import { SignetError } from '../../errors.ts';
import { formatName } from '../../x509/names/names.ts';
import { encodeSubjectFields } from '../../x509/names/subject-fields.ts';
import { type Parameters, requireParameter } from './authentication/acs-parameters.ts';
import { encodeIssuers, isCertified } from './describe-ca.ts';
import { findCa } from './find-ca.ts';
import { readKeyAlgorithm } from './key-algorithms.ts';
import { readInteger, readSubject } from './read-parameters.ts';
import type { RpcCall } from './rpc-call.ts';
import { unflatten } from './unflatten.ts';

const NO_NAMES = { dns: [], ip: [], email: [] };
const DEFAULT_ALGORITHM = 'RSA_2048';
const MAX_YEARS = 100;
const MAX_PATH_LENGTH = 16;
const REQUIRED = ['CommonName', 'Organization', 'OrganizationUnit', 'Locality', 'State', 'Years'];

/** CreateRootCACertificate: a root with a new key. */
export async function createRootCaCertificate(call: RpcCall) {
  return create(call, {
    parent: { kind: 'root' },
    limits: readLimits(null, []),
    algorithm: call.parameters.get('Algorithm') || DEFAULT_ALGORITHM,
  });
}

/** CreateSubCACertificate: a CA under ParentIdentifier with a new key. */
export async function createSubCaCertificate(call: RpcCall) {
  const { parameters } = call;
  const algorithm = requireParameter(parameters, 'Algorithm');
  const { current } = await findCa(call, requireParameter(parameters, 'ParentIdentifier'));
  const pathLength = readInteger(parameters, 'PathLenConstraint', 0, MAX_PATH_LENGTH) ?? 0;
  return create(call, {
    parent: { kind: 'here', id: current.lineageId },
    limits: readLimits(pathLength, readUsages(parameters)),
    algorithm,
  });
}

async function create(
  call: RpcCall,
  { algorithm, ...place }: Pick<NewAuthority, 'parent' | 'limits'> & { readonly algorithm: string },
) {
  const { parameters, services, principal, requestContext } = call;
  for (const name of REQUIRED) requireParameter(parameters, name);
  const years = readInteger(parameters, 'Years', 1, MAX_YEARS);
  const subject = formatName(encodeSubjectFields(readSubject(parameters, 'CountryCode')));
  const record = await services.authorityManager.create(
    { principal, request: requestContext },
    {
      ...place,
      name: requireParameter(parameters, 'CommonName'),
      subject,
      key: { kind: 'generate', algorithm: readKeyAlgorithm(algorithm) },
      validity: `${years}y`,
    },
  );
  if (!isCertified(record))
    throw new Error(`the authority ${record.generationId} has no certificate`);
  call.note(`created ${record.lineageId}`);
  return {
    Identifier: record.lineageId,
    Certificate: encodePem('CERTIFICATE', record.certificateDer),
    CertificateChain: encodeIssuers(record),
  };
}

function readLimits(
  pathLength: number | null,
  extendedKeyUsages: readonly string[],
): NewAuthority['limits'] {
  return { pathLength, permitted: NO_NAMES, excluded: NO_NAMES, policies: [], extendedKeyUsages };
}

function readUsages(parameters: Parameters): readonly string[] {
  const usages = unflatten(parameters, 'ExtendedKeyUsages') ?? [];
  if (Array.isArray(usages)) {
    const texts = usages.filter((usage) => typeof usage === 'string');
    if (texts.length === usages.length) return texts;
  }
  throw new SignetError(
    'invalid-parameter',
    'Number the usages: ExtendedKeyUsages.1, ExtendedKeyUsages.2 and so on.',
    {
      field: 'ExtendedKeyUsages',
    },
  );
}
