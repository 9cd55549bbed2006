import type { SignetError, SignetErrorCode } from '../../errors.ts';
import type { ErrorForm } from '../context.ts';
import { SignatureMismatch } from './authentication/acs-request.ts';

type CasError = readonly [code: string, status: number];

/** The codes that the vendor publishes; for other errors, codes of the same style. */
const ERRORS: Partial<Record<SignetErrorCode, CasError>> = {
  unauthenticated: ['MissingAccessKeyId', 400],
  'malformed-authorization': ['IncompleteSignature', 400],
  'invalid-signature': ['SignatureDoesNotMatch', 400],
  'unknown-access-key': ['InvalidAccessKeyId.NotFound', 404],
  'access-key-disabled': ['InvalidAccessKeyId.Inactive', 400],
  'access-key-expired': ['InvalidAccessKeyId.Inactive', 400],
  'request-expired': ['InvalidTimeStamp.Expired', 400],
  'nonce-used': ['SignatureNonceUsed', 400],
  'not-found': ['InvalidAction.NotFound', 404],
  forbidden: ['Forbidden.RAM', 403],
  throttled: ['Throttling.User', 400],
  internal: ['InternalError', 500],
  'authority-unavailable': ['ServiceUnavailable', 503],
  'record-unavailable': ['ServiceUnavailable', 503],
  'sealing-unavailable': ['ServiceUnavailable', 503],

  'insecure-transport': ['InvalidProtocol.NeedSsl', 400],
  'cross-site-request': ['Forbidden', 403],
  'method-not-allowed': ['UnsupportedHTTPMethod', 405],
  'malformed-request': ['InvalidParameter', 400],
  'request-too-large': ['RequestTooLarge', 413],
  'missing-parameter': ['MissingParameter', 400],
  'invalid-parameter': ['InvalidParameter', 400],

  'instance-not-found': ['InstanceNotFound', 404],
  'instance-used': ['InstanceAlreadyUsed', 409],
  'authority-not-found': ['CACertificateNotFound', 404],
  'certificate-not-found': ['CertificateNotFound', 404],
  'quota-exceeded': ['QuotaExceeded', 409],
  'already-revoked': ['CertificateAlreadyRevoked', 409],
  'malformed-csr': ['InvalidCsr', 400],
  'csr-signature-invalid': ['InvalidCsr', 400],
  'unsupported-algorithm': ['InvalidCsr', 400],
  'weak-key': ['InvalidCsr', 400],
  'key-compromised': ['InvalidCsr', 400],
  'invalid-subject': ['InvalidSubject', 400],
  'invalid-subject-alt-name': ['InvalidCsr', 400],
  'constraint-violated': ['ConstraintViolated', 400],
  'policy-violated': ['PolicyViolated', 403],
};

/** For codes that are not in the table, by their status elsewhere. */
const OTHERS: readonly (readonly [status: number, error: CasError])[] = [
  [500, ['InternalError', 500]],
  [409, ['OperationConflict', 409]],
  [404, ['ResourceNotFound', 404]],
  [0, ['InvalidParameter', 400]],
];

/** Codes that depend on the part of the request that is wrong. */
const BY_FIELD: Partial<Record<SignetErrorCode, Readonly<Record<string, string>>>> = {
  'malformed-authorization': {
    SignatureMethod: 'InvalidSignatureMethod',
    'x-acs-date': 'InvalidTimeStamp.Format',
    Timestamp: 'InvalidTimeStamp.Format',
  },
  'name-taken': { customIdentifier: 'CustomIdentifierAlreadyExists' },
  'constraint-violated': {
    validity: 'InvalidValidity',
    pathLenConstraint: 'InvalidPathLenConstraint',
    extendedKeyUsages: 'InvalidExtendedKeyUsages',
    keyUsages: 'InvalidKeyUsage',
    subject: 'InvalidSubject',
  },
};

/** Every error of the RPC style, as JSON. */
export const casErrors: ErrorForm = (error, c) => {
  const { code, status, message } = describe(error);
  const body = {
    RequestId: c.get('requestId'),
    HostId: c.get('url').host,
    Code: code,
    Message: message,
    Recommend: recommend(error, c.get('services').config.publicUrl),
  };
  return {
    response: Response.json(body, { status }),
    // The message holds the whole request, which must not be logged.
    message: error instanceof SignatureMismatch ? code : `${code} (${error.code}: ${message})`,
  };
};

function describe(error: SignetError): { code: string; status: number; message: string } {
  const [known, status] = chooseError(error);
  const { message } = error;
  const parameter = nameParameter(error.field);
  if (error.code === 'missing-parameter') {
    return {
      code: `Missing${parameter}`,
      status,
      message: `${parameter} is mandatory for this action.`,
    };
  }
  if (error.code === 'invalid-parameter') {
    return {
      code: `Invalid${parameter}`,
      status,
      message: `Specified parameter ${parameter} is not valid. ${message}`,
    };
  }
  return { code: BY_FIELD[error.code]?.[error.field ?? ''] ?? known, status, message };
}

function chooseError(error: SignetError): CasError {
  const known = ERRORS[error.code];
  if (known !== undefined) return known;
  const [, other] = OTHERS.find(([status]) => error.status >= status) ?? [];
  return other ?? ['InternalError', 500];
}

/** Our name of a field in the dialect's spelling. */
function nameParameter(field = 'Parameter'): string {
  return field.charAt(0).toUpperCase() + field.slice(1);
}

/** What to do next; for a wrong signature, the text that should have been signed. */
function recommend(error: SignetError, publicUrl: string): string {
  return error instanceof SignatureMismatch
    ? `Compare with your canonical request: ${error.canonicalRequest}`
    : `${publicUrl}/`;
}
