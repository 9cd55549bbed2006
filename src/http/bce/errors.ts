import { SignetError, type SignetErrorCode } from '../../errors.ts';
import type { ErrorForm, HttpContext } from '../context.ts';
import { JSON_TYPE, REQUEST_ID_HEADER, readManner } from './answer.ts';
import { type Spelling, spellAnswer } from './spelling.ts';

type BceError = readonly [code: string, status: number];

/** Codes of the vendor's document and of its list of common errors. */
const ERRORS: Partial<Record<SignetErrorCode, BceError>> = {
  'malformed-request': ['InvalidHTTPRequest', 400],
  'request-too-large': ['InvalidHTTPRequest', 400],
  'method-not-allowed': ['InvalidHTTPRequest', 405],
  'missing-parameter': ['InappropriateJSON', 400],
  'invalid-parameter': ['ParametersInvalid', 400],
  'invalid-name': ['ParametersInvalid', 400],
  'name-taken': ['ResourceNameDuplicated', 409],
  'name-unchanged': ['ParametersNotChanged', 403],
  'quota-exceeded': ['CertExceedLimit', 409],
  'in-use': ['OperationNotAllowedException', 409],
  'not-replaceable': ['OperationNotAllowedException', 409],
  'malformed-certificate': ['CertificateParameterInvalid', 400],
  'unsupported-algorithm': ['CertificateParameterInvalid', 400],
  'weak-key': ['CertificateParameterInvalid', 400],
  'malformed-key': ['PrivateKeyParameterInvalid', 400],
  'key-mismatch': ['UnmatchedPairParameterInvalid', 400],
  'not-valid-now': ['UnmatchedPairParameterInvalidException', 400],
  'malformed-chain': ['CertChainParameterInvalid', 400],
  // Every address below /v1/certificate is that of a certificate.
  'inventory-not-found': ['ResourceNotFoundException', 404],
  'not-found': ['ResourceNotFoundException', 404],
  unauthenticated: ['AccessDenied', 403],
  forbidden: ['AccessDeniedException', 403],
  'unknown-access-key': ['InvalidAccessKeyId', 403],
  'malformed-authorization': ['InvalidHTTPAuthHeader', 400],
  'invalid-signature': ['SignatureDoesNotMatch', 400],
  'request-expired': ['RequestExpired', 400],
};

/** For codes that are not in the table, by their status elsewhere. */
const OTHERS: readonly (readonly [status: number, error: BceError])[] = [
  [500, ['InternalError', 500]],
  [409, ['OperationNotAllowed', 409]],
  [404, ['ResourceNotFound', 404]],
  [401, ['AccessDenied', 403]],
  [0, ['ParametersInvalid', 400]],
];

/** An error that only this dialect distinguishes. */
class BodyError extends SignetError {
  readonly wireCode: 'MalformedJSON' | 'InappropriateJSON';

  constructor(wireCode: BodyError['wireCode'], message: string, field?: string) {
    super('malformed-request', message, field === undefined ? {} : { field });
    this.wireCode = wireCode;
  }
}

/** The body is not JSON. */
export function malformedJson(message: string): SignetError {
  return new BodyError('MalformedJSON', message);
}

/** The body is JSON, but a required field is missing or has the wrong type. */
export function inappropriateJson(message: string, field?: string): SignetError {
  return new BodyError('InappropriateJSON', message, field);
}

/** Errors in the spelling of the query, or else of the configuration. */
export const bceErrors: ErrorForm = (error, c) => answerError(error, c, readManner(c).spelling);

/** Errors in a given spelling. */
export function bceErrorsIn(spelling: Spelling): ErrorForm {
  return (error, c) => answerError(error, c, spelling);
}

function answerError(error: SignetError, c: HttpContext, spelling: Spelling) {
  const [code, status] = chooseError(error);
  const { requestId } = readManner(c);
  const body = spellAnswer({ requestId, code, message: error.message }, spelling);
  return {
    response: new Response(JSON.stringify(body), {
      status,
      headers: { 'Content-Type': JSON_TYPE, [REQUEST_ID_HEADER]: requestId },
    }),
    message: `${code} (${error.code}: ${error.message})`,
  };
}

function chooseError(error: SignetError): BceError {
  if (error instanceof BodyError) return [error.wireCode, 400];
  if (error.code === 'missing-parameter' && error.field === 'privateKey') {
    return ['PrivateKeyParameterInvalid', 400];
  }
  const known = ERRORS[error.code];
  if (known !== undefined) return known;
  const [, other] = OTHERS.find(([status]) => error.status >= status) ?? [];
  return other ?? ['InternalError', 500];
}
