import { encodeUtf8, sha256Hex } from '../../../bytes.ts';
import { SignetError } from '../../../errors.ts';
import { canonicalParameters } from './acs-parameters.ts';
import {
  type AcsRequest,
  type AcsVerification,
  checkNonce,
  checkTimestamp,
  hmac,
  matchSignature,
  refuseSecurityToken,
  SignatureMismatch,
  type SignedRequest,
} from './acs-request.ts';

const ALGORITHM = 'ACS3-HMAC-SHA256';
const FORM =
  /^ACS3-HMAC-SHA256 +Credential=([^,\s]{1,128}), *SignedHeaders=([^,\s]{1,2048}), *Signature=([^,\s]{1,256})$/;
/** A field name (RFC 9110 section 5.1), in lower case. */
const FIELD_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/;

const MANDATORY_HEADERS = [
  'host',
  'x-acs-action',
  'x-acs-version',
  'x-acs-date',
  'x-acs-signature-nonce',
  'x-acs-content-sha256',
];

/** Whether an Authorization header is of this family, with any algorithm. */
export function isAcsV3(authorization: string | null): authorization is string {
  return authorization !== null && /^ACS3-/.test(authorization.trim());
}

/**
 * Verifies ACS3-HMAC-SHA256 over the method, the path `/`, the query, the listed headers and the hash
 * of the body. Parameters count in strict encoding, however they were sent.
 * @param authorization the Authorization header
 * @throws SignetError malformed-authorization (with the field Authorization, SignatureMethod or
 *   x-acs-date), request-expired, invalid-parameter, unknown-access-key, invalid-signature
 *   (SignatureMismatch), and what finding the secret throws
 */
export async function verifyAcsV3(
  request: AcsRequest,
  authorization: string,
  { nowSeconds, secrets }: AcsVerification,
): Promise<SignedRequest> {
  const { accessKeyId, signedHeaders, signature } = parseAuthorization(authorization);
  const headers = readSignedHeaders(request.headers, signedHeaders);
  checkTimestamp(headers.get('x-acs-date') ?? '', 'x-acs-date', nowSeconds);
  const nonce = headers.get('x-acs-signature-nonce') ?? '';
  checkNonce(nonce);
  refuseSecurityToken(request.headers.get('x-acs-security-token'));

  // Computed from the body. The header x-acs-content-sha256 is only the client's claim.
  const bodySha256Hex = await sha256Hex(request.body);
  const canonicalRequest = [
    request.method,
    '/',
    canonicalParameters(request.query),
    ...[...headers].map(([name, value]) => `${name}:${value}`),
    '',
    [...headers.keys()].join(';'),
    bodySha256Hex,
  ].join('\n');
  const stringToSign = `${ALGORITHM}\n${await sha256Hex(encodeUtf8(canonicalRequest))}`;
  const mismatch = () =>
    new SignatureMismatch(
      `Specified signature does not match our calculation. server StringToSign is [${stringToSign}]`,
      canonicalRequest,
    );
  const identity = await matchSignature(
    accessKeyId,
    signature,
    secrets,
    async (secret) => (await hmac('SHA-256', secret, stringToSign)).toHex(),
    mismatch,
  );
  if (headers.get('x-acs-content-sha256') !== bodySha256Hex) throw mismatch();
  return { identity, nonce };
}

function parseAuthorization(authorization: string) {
  const text = authorization.trim();
  if (!text.startsWith(`${ALGORITHM} `)) {
    throw new SignetError(
      'malformed-authorization',
      `The signature algorithm is not supported. Sign with ${ALGORITHM}.`,
      { field: 'SignatureMethod' },
    );
  }
  const [, accessKeyId, list, signature] = FORM.exec(text) ?? [];
  if (accessKeyId === undefined || list === undefined || signature === undefined) {
    throw incomplete(
      `The Authorization header must be ${ALGORITHM} Credential={access key id},SignedHeaders={names joined by ;},Signature={hex}.`,
    );
  }
  return { accessKeyId, signedHeaders: list.split(';'), signature };
}

/** Returns the values of the signed headers, sorted by name. Mandatory ones must be among them. */
function readSignedHeaders(
  headers: Headers,
  names: readonly string[],
): ReadonlyMap<string, string> {
  if (!names.every((name) => FIELD_NAME.test(name))) {
    throw incomplete('SignedHeaders must hold header names in lower case, joined by ";".');
  }
  if (new Set(names).size !== names.length) {
    throw incomplete('SignedHeaders contains a header twice.');
  }
  for (const name of MANDATORY_HEADERS) {
    if (!names.includes(name)) {
      throw incomplete(`The header ${name} must be among the SignedHeaders.`);
    }
  }
  return new Map(
    [...names].sort().map((name) => {
      const value = headers.get(name)?.trim() ?? '';
      if (value === '' && MANDATORY_HEADERS.includes(name)) {
        throw incomplete(`The header ${name} is missing.`);
      }
      return [name, value];
    }),
  );
}

function incomplete(message: string): SignetError {
  return new SignetError('malformed-authorization', message, { field: 'Authorization' });
}
