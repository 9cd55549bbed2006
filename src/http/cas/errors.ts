import type { SignetError, SignetErrorCode } from '../../errors.ts';
import type { ErrorForm } from '../context.ts';
import { SignatureMismatch } from './authentication/acs-request.ts';

type CasError = readonly [code: string, status: number];

/** The words of this dialect: what the vendor publishes and, for the rest, codes of the same style. */
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
  'already-revoked': ['CertificateAlreadyRevoked', 409],
  'malformed-csr': ['InvalidCsr', 400],
  'csr-signature-invalid': ['InvalidCsr', 400],
  'unsupported-algorithm': ['InvalidCsr', 400],
  'weak-key': ['InvalidCsr', 400],
  'key-compromised': ['InvalidCsr', 400],
  'invalid-subject': ['InvalidSubject', 400],
  'invalid-subject-alt-name': ['InvalidCsr', 400],
  'constraint-violated': ['ConstraintViolated', 400],
};

/** For what is not in the table, by the status it would have elsewhere. */
const OTHERS: readonly (readonly [status: number, error: CasError])[] = [
  [500, ['InternalError', 500]],
  [409, ['OperationConflict', 409]],
  [404, ['ResourceNotFound', 404]],
  [0, ['InvalidParameter', 400]],
];

/** Where the part of the request that is wrong makes the code. */
const BY_FIELD: Partial<Record<SignetErrorCode, Readonly<Record<string, string>>>> = {
  'malformed-authorization': {
    SignatureMethod: 'InvalidSignatureMethod',
    'x-acs-date': 'InvalidTimeStamp.Format',
    Timestamp: 'InvalidTimeStamp.Format',
  },
  'constraint-violated': {
    validity: 'InvalidValidity',
    pathLenConstraint: 'InvalidPathLenConstraint',
    extendedKeyUsages: 'InvalidExtendedKeyUsages',
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
    // A string to sign holds the whole request: not for the log.
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

/** A field of ours as this dialect writes it. */
function nameParameter(field = 'Parameter'): string {
  return field.charAt(0).toUpperCase() + field.slice(1);
}

/** What to do next; for a wrong signature, what it should have been made of. */
function recommend(error: SignetError, publicUrl: string): string {
  return error instanceof SignatureMismatch
    ? `Compare with your canonical request: ${error.canonicalRequest}`
    : `${publicUrl}/`;
}
