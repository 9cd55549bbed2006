import { SignetError } from '../../../errors.ts';
import {
  canonicalParameters,
  encodeStrictly,
  type Parameters,
  requireParameter,
} from './acs-parameters.ts';
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

/**
 * Verifies the first version of the scheme: HMAC-SHA1 over the method and the parameters of query and
 * form.
 * @throws SignetError unauthenticated without an access key; malformed-authorization (with the
 *   field Signature, SignatureMethod, SignatureVersion, Timestamp), missing-parameter,
 *   invalid-parameter, request-expired, unknown-access-key, invalid-signature (SignatureMismatch),
 *   and what finding the secret throws
 */
export async function verifyAcsV1(
  { method, parameters }: AcsRequest,
  { nowSeconds, secrets }: AcsVerification,
): Promise<SignedRequest> {
  const accessKeyId = parameters.get('AccessKeyId') ?? '';
  if (accessKeyId === '') {
    throw new SignetError('unauthenticated', 'AccessKeyId is mandatory for this action.', {
      field: 'AccessKeyId',
    });
  }
  const signature = parameters.get('Signature') ?? '';
  if (signature === '') throw malformed('Signature', 'The parameter Signature is missing.');
  checkScheme(parameters);
  checkTimestamp(requireParameter(parameters, 'Timestamp'), 'Timestamp', nowSeconds);
  const nonce = requireParameter(parameters, 'SignatureNonce');
  checkNonce(nonce);
  refuseSecurityToken(parameters.get('SecurityToken'));

  const signed = new Map(parameters);
  signed.delete('Signature');
  const canonical = canonicalParameters(signed);
  const stringToSign = `${method}&%2F&${encodeStrictly(canonical)}`;
  const identity = await matchSignature(
    accessKeyId,
    signature,
    secrets,
    async (secret) => (await hmac('SHA-1', withAmpersand(secret), stringToSign)).toBase64(),
    () =>
      new SignatureMismatch(
        `Specified signature is not matched with our calculation. server string to sign is:${stringToSign}`,
        canonical,
      ),
  );
  return { identity, nonce };
}

function checkScheme(parameters: Parameters): void {
  if (requireParameter(parameters, 'SignatureMethod') !== 'HMAC-SHA1') {
    throw malformed('SignatureMethod', 'SignatureMethod must be HMAC-SHA1.');
  }
  if (requireParameter(parameters, 'SignatureVersion') !== '1.0') {
    throw malformed('SignatureVersion', 'SignatureVersion must be 1.0.');
  }
}

/** The HMAC key of the scheme: the secret with an ampersand. */
function withAmpersand(secret: Uint8Array): Uint8Array {
  const key = new Uint8Array(secret.length + 1);
  key.set(secret);
  key[secret.length] = 0x26;
  return key;
}

function malformed(field: string, message: string): SignetError {
  return new SignetError('malformed-authorization', message, { field });
}
