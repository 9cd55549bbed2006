import { exactOptional, strictObject } from 'valibot';
import { ROOT_ACCOUNT_ID } from '../../../access/principal.ts';
import { type PemBlock, PemError, parsePem } from '../../../asn1/pem.ts';
import { SignetError } from '../../../errors.ts';
import { FINAL_REASONS, parseRevocationReason } from '../../../revocation/reasons.ts';
import type { ManyPosition, ManyScope } from '../../../revocation/revoke-many.ts';
import { parsePublicKey, publicKeyId } from '../../../x509/keys/public-key.ts';
import { type AuthorizedContext, askedBy, note } from '../../context.ts';
import {
  defineEndpoint,
  type Endpoint,
  examplePem,
  jsonAnswer,
  jsonBody,
  jsonForm,
} from '../../endpoint.ts';
import { TEXT } from '../common/field-schemas.ts';
import { readJsonBody } from '../common/read-json.ts';
import { REVOKED_MANY, type RevokedManyAnswer } from './answers.ts';
import { findCertificate } from './find-certificate.ts';

const MANY_REVOCATIONS_REQUEST = strictObject({
  publicKey: exactOptional(TEXT),
  serial: exactOptional(TEXT),
  account: exactOptional(TEXT),
  authority: exactOptional(TEXT),
  reason: exactOptional(TEXT, 'unspecified'),
  after: exactOptional(TEXT),
});

const revokeMany = defineEndpoint({
  id: 'revokeMany',
  method: 'POST',
  path: '/api/v1/revocations',
  caller: 'certificates:Revoke',
  tag: 'Certificates',
  summary: 'Revoke all certificates of a key or an account',
  description:
    'Each call revokes up to 1000 certificates that are neither expired nor revoked, either all of them or none. Repeat the request with `next` of the answer as `after` until `remaining` is false. Accounts other than `root` revoke only their own certificates. Only `root` may name an account. With `keyCompromise`, the first call blocks the keys; `root` can block a `publicKey` that has no certificate yet. Certificates of authorities here are left out: revoke the authority instead.',
  request: jsonBody(
    jsonForm(
      'One of publicKey, serial and account',
      MANY_REVOCATIONS_REQUEST,
      {
        publicKey: 'PEM: all certificates of this key.',
        serial: 'Serial number of a certificate: all certificates of its key.',
        account: 'Id of an account: all certificates that it owns.',
        authority: 'Id of an authority: only certificates that it issued.',
        reason: {
          description: 'RFC 5280 section 5.3.1.',
          enum: FINAL_REASONS,
          default: 'unspecified',
        },
        after: 'The `next` of the previous answer.',
      },
      { publicKey: examplePem('PUBLIC KEY'), reason: 'keyCompromise' },
    ),
  ),
  answers: {
    200: jsonAnswer('The result.', REVOKED_MANY, { revoked: 3, remaining: false, next: null }),
  },
  errors: [
    'missing-parameter',
    'invalid-parameter',
    'unsupported-algorithm',
    'certificate-not-found',
    'ambiguous-serial',
    'account-not-found',
  ],
  handle: async (c) => {
    const request = await readJsonBody(c, MANY_REVOCATIONS_REQUEST);
    const { revoked, next } = await c.get('services').revokeMany({
      reason: parseRevocationReason(request.reason, FINAL_REASONS),
      after: request.after === undefined ? null : readPosition(request.after),
      scope: await readScope(c, request),
      authorityId: request.authority ?? null,
      ...askedBy(c),
    });
    note(c, `revoked ${revoked.length} certificates`);
    const answer: RevokedManyAnswer = {
      revoked: revoked.length,
      remaining: next !== null,
      next: next === null ? null : `${next.notAfterSeconds}.${next.row}`,
    };
    return c.json(answer);
  },
});

interface Named {
  readonly publicKey?: string;
  readonly serial?: string;
  readonly account?: string;
  readonly authority?: string;
}

async function readScope(c: AuthorizedContext, named: Named): Promise<ManyScope> {
  const { publicKey, serial, account, authority } = named;
  const given = [publicKey, serial, account].filter((each) => each !== undefined);
  if (given.length !== 1) {
    throw new SignetError(
      given.length === 0 ? 'missing-parameter' : 'invalid-parameter',
      'Send exactly one of publicKey, serial and account.',
    );
  }
  if (publicKey !== undefined) return { by: 'key', id: await readKeyId(publicKey) };
  if (serial !== undefined) return { by: 'key', id: await findKeyId(c, serial, authority) };
  if (c.get('principal').accountId !== ROOT_ACCOUNT_ID) {
    throw new SignetError(
      'forbidden',
      `Only access keys of the account ${ROOT_ACCOUNT_ID} may revoke all certificates of an account.`,
      { field: 'account' },
    );
  }
  return { by: 'account', id: account ?? '' };
}

function readKeyId(pem: string): Promise<string> {
  const [block, ...others] = parseBlocks(pem);
  if (block?.label === 'PUBLIC KEY' && others.length === 0) {
    return publicKeyId(parsePublicKey(block.der));
  }
  throw new SignetError('invalid-parameter', "'publicKey' must be one PUBLIC KEY in PEM.", {
    field: 'publicKey',
  });
}

function parseBlocks(pem: string): PemBlock[] {
  try {
    return parsePem(pem);
  } catch (error) {
    if (!(error instanceof PemError)) throw error;
    throw new SignetError('invalid-parameter', `'publicKey' is broken PEM: ${error.message}.`, {
      field: 'publicKey',
    });
  }
}

async function findKeyId(
  c: AuthorizedContext,
  serial: string,
  authority: string | undefined,
): Promise<string> {
  const { publicKeyIdHex } = await findCertificate(c, serial, authority ?? null);
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

export const MANY_REVOCATIONS_ENDPOINTS: readonly Endpoint[] = [revokeMany];
