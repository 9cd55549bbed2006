import { exactOptional, strictObject } from 'valibot';
import { ROOT_ACCOUNT_ID } from '../../access/principal.ts';
import { parsePem } from '../../asn1/pem.ts';
import { SignetError } from '../../errors.ts';
import { FINAL_REASONS, parseRevocationReason } from '../../revocation/reasons.ts';
import type { ManyPosition, ManyScope } from '../../revocation/revoke-many.ts';
import { parsePublicKey, publicKeyId } from '../../x509/keys/public-key.ts';
import type { AuthorizedCall } from '../call.ts';
import { readBody } from '../middleware/read-body.ts';
import type { RevokedManyAnswer } from './answers.ts';
import { TEXT } from './field-schemas.ts';
import { findCertificate } from './find-certificate.ts';
import { readJson } from './read-json.ts';

export const MANY_REVOCATIONS_REQUEST = strictObject({
  publicKey: exactOptional(TEXT),
  serial: exactOptional(TEXT),
  account: exactOptional(TEXT),
  authority: exactOptional(TEXT),
  reason: exactOptional(TEXT, 'unspecified'),
  after: exactOptional(TEXT),
});

interface Named {
  readonly publicKey?: string;
  readonly serial?: string;
  readonly account?: string;
  readonly authority?: string;
}

/** POST /api/v1/revocations: all certificates of one key or account, as many as one call may. */
export async function revokeMany(call: AuthorizedCall): Promise<Response> {
  const request = readJson(MANY_REVOCATIONS_REQUEST, await readBody(call.request));
  const { revoked, next } = await call.services.revokeMany({
    reason: parseRevocationReason(request.reason, FINAL_REASONS),
    after: request.after === undefined ? null : readPosition(request.after),
    scope: await readScope(call, request),
    authorityId: request.authority ?? null,
    principal: call.principal,
    request: call.context,
  });
  call.note(`revoked ${revoked.length} certificates`);
  const answer: RevokedManyAnswer = {
    revoked: revoked.length,
    remaining: next !== null,
    next: next === null ? null : `${next.notAfterSeconds}.${next.row}`,
  };
  return Response.json(answer);
}

async function readScope(call: AuthorizedCall, named: Named): Promise<ManyScope> {
  const { publicKey, serial, account, authority } = named;
  const given = [publicKey, serial, account].filter((each) => each !== undefined);
  if (given.length !== 1) {
    throw new SignetError(
      given.length === 0 ? 'missing-parameter' : 'invalid-parameter',
      'Give one of publicKey, serial and account.',
    );
  }
  if (publicKey !== undefined) return { by: 'key', id: await readKeyId(publicKey) };
  if (serial !== undefined) return { by: 'key', id: await findKeyId(call, serial, authority) };
  if (call.principal.accountId !== ROOT_ACCOUNT_ID) {
    throw new SignetError(
      'forbidden',
      `Only access keys of the account ${ROOT_ACCOUNT_ID} may revoke all of an account.`,
      { field: 'account' },
    );
  }
  return { by: 'account', id: account ?? '' };
}

function readKeyId(pem: string): Promise<string> {
  const [block, ...others] = parsePem(pem);
  if (block?.label === 'PUBLIC KEY' && others.length === 0) {
    return publicKeyId(parsePublicKey(block.der));
  }
  throw new SignetError('invalid-parameter', "'publicKey' must be one PUBLIC KEY in PEM.", {
    field: 'publicKey',
  });
}

async function findKeyId(
  call: AuthorizedCall,
  serial: string,
  authority: string | undefined,
): Promise<string> {
  const { publicKeyIdHex } = await findCertificate(call, serial, authority ?? null);
  if (publicKeyIdHex !== null) return publicKeyIdHex;
  throw new SignetError('invalid-parameter', 'The key of this certificate is not known.', {
    field: 'serial',
  });
}

function readPosition(text: string): ManyPosition {
  const [, notAfter = '', row = ''] = /^(\d{1,15})\.(\d{1,15})$/.exec(text) ?? [];
  if (row !== '') return { notAfterSeconds: Number(notAfter), row: Number(row) };
  throw new SignetError(
    'invalid-parameter',
    "'after' must be the 'next' of an answer to the same request.",
    { field: 'after' },
  );
}
