import type { SignetError } from '../../errors.ts';
import type { ErrorAnswer, ErrorForm } from '../context.ts';

const MISSING = '[Request error]: Missing parameters!';
const NOT_BASE64 = "[Request error]: 'csr_body' field must be base64 type!";
const SIGNING_FAILED = '[ERROR]: Something is error with signing processing!';
const REPEATED = '[ERROR]: Please do not repeat the application for certificate!';
const WRONG_REQUEST = '[ERROR]: Wrong certificate request (X509Req) format!';
const WRONG_CERTIFICATE = '[ERROR]: Wrong certificate format!';
const INVALID_SERIAL = '[ERROR]: This may be an invalid serial number!';
const REVOKED = '[ERROR]: This certificate is revoked!';
const REVOKE_FAILED = '[ERROR]: Revoke failed, unknown error!';

/** For POST /api/ca/sign: messages of the original, always with status 200. */
export const signErrors: ErrorForm = (error) =>
  isRefusedByHttp(error)
    ? answer(error, error.status, `[ERROR]: ${error.title}!`)
    : answer(error, 200, signMessage(error));

/** For DELETE /api/ca/revoke: messages of the original, always with status 200. */
export const revokeErrors: ErrorForm = (error) =>
  isRefusedByHttp(error)
    ? answer(error, error.status, `[ERROR]: ${error.title}!`)
    : answer(error, 200, revokeMessage(error));

/** For the downloads, and for addresses and methods that the dialect does not have. */
export const downloadErrors: ErrorForm = (error) =>
  answer(error, error.status, `[ERROR]: ${error.title}!`);

/** Refusals that are not the dialect's own keep their HTTP status. */
function isRefusedByHttp({ code }: SignetError): boolean {
  return (
    code === 'insecure-transport' ||
    code === 'cross-site-request' ||
    code === 'method-not-allowed' ||
    code === 'not-found'
  );
}

/**
 * The document keeps "Wrong certificate request" for a CSR that cannot be loaded. One that loads and
 * is refused, because of its signature, key or names, fails in signing, as in `openssl ca`.
 */
function signMessage({ code, field }: SignetError): string {
  switch (code) {
    case 'missing-parameter':
    case 'malformed-request':
      return MISSING;
    case 'request-too-large':
      return field === undefined ? MISSING : WRONG_REQUEST;
    case 'invalid-parameter':
      return field === 'csr_body' ? NOT_BASE64 : SIGNING_FAILED;
    case 'subject-already-certified':
      return REPEATED;
    case 'malformed-csr':
      return WRONG_REQUEST;
    default:
      return SIGNING_FAILED;
  }
}

function revokeMessage({ code }: SignetError): string {
  switch (code) {
    case 'missing-parameter':
    case 'malformed-request':
    case 'request-too-large':
      return MISSING;
    case 'malformed-certificate':
      return WRONG_CERTIFICATE;
    case 'invalid-parameter':
    case 'certificate-not-found':
    case 'ambiguous-serial':
      return INVALID_SERIAL;
    case 'already-revoked':
      return REVOKED;
    default:
      return REVOKE_FAILED;
  }
}

function answer(error: SignetError, status: number, msg: string): ErrorAnswer {
  return {
    response: Response.json({ status: -1, msg }, { status }),
    message: `${msg} (${error.code}: ${error.message})`,
  };
}
