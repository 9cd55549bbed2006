import { exactOptional, strictObject } from 'valibot';
import { FINAL_REASONS, parseRevocationReason } from '../../../revocation/reasons.ts';
import { type AuthorizedContext, askedBy, note } from '../../context.ts';
import { defineEndpoint, type Endpoint, examplePem, jsonBody, jsonForm } from '../../endpoint.ts';
import { NULLABLE_TEXT, TEXT } from '../common/field-schemas.ts';
import { readChangesBody, readJsonBody, readOptionalJsonBody } from '../common/read-json.ts';
import { AUTHORITY_PARAMS, answerAuthority } from './answers.ts';
import { readAuthority } from './read-authorities.ts';
import {
  ACME_NOTE,
  ACME_SETTINGS,
  PROFILES,
  PROFILES_NOTE,
  readProfiles,
} from './request-fields.ts';

const UPDATE_REQUEST = strictObject({
  profiles: exactOptional(PROFILES),
  policyId: exactOptional(NULLABLE_TEXT),
  acme: exactOptional(ACME_SETTINGS),
});
const CERTIFICATE_REQUEST = strictObject({ certificate: TEXT });
const REVOCATION_REQUEST = strictObject({ reason: exactOptional(TEXT, 'unspecified') });

export const CHANGED = 'The changed authority.';
export const CHANGE_ERRORS = ['authority-not-found', 'authority-unavailable', 'in-use'] as const;

const updateAuthority = defineEndpoint({
  id: 'updateAuthority',
  method: 'PATCH',
  path: '/api/v1/authorities/:id',
  caller: 'authorities:Manage',
  rootOnly: true,
  tag: 'Authorities',
  summary: 'Change what an authority issues',
  description: 'Fields that are left out do not change.',
  params: AUTHORITY_PARAMS,
  request: jsonBody(
    jsonForm(
      'Changes',
      UPDATE_REQUEST,
      {
        profiles: PROFILES_NOTE,
        policyId:
          'Id of a policy of its account or of `root` that bounds everything it signs. `null`: none.',
        acme: ACME_NOTE,
      },
      { profiles: { code: { validityDays: 30, extendedKeyUsages: ['codeSigning'] } } },
    ),
  ),
  answers: { 200: answerAuthority(CHANGED) },
  errors: [...CHANGE_ERRORS, 'missing-parameter', 'invalid-parameter', 'policy-not-found'],
  handle: async (c) => {
    const { profiles, ...changes } = await readChangesBody(c, UPDATE_REQUEST);
    const { authorityManager } = c.get('services');
    const id = c.req.param('id');
    await authorityManager.update(askedBy(c), id, {
      ...changes,
      ...(profiles === undefined ? {} : { profiles: readProfiles(profiles) }),
    });
    return sendChanged(c, id, 'changed');
  },
});

const uploadAuthorityCertificate = defineEndpoint({
  id: 'uploadAuthorityCertificate',
  method: 'POST',
  path: '/api/v1/authorities/:id/certificate',
  caller: 'authorities:Manage',
  rootOnly: true,
  tag: 'Authorities',
  summary: 'Upload the certificate that a parent elsewhere issued',
  params: AUTHORITY_PARAMS,
  request: jsonBody(
    jsonForm(
      'The certificate',
      CERTIFICATE_REQUEST,
      { certificate: 'PEM: the certificate, then its chain up to the root.' },
      { certificate: examplePem('CERTIFICATE') },
    ),
  ),
  answers: { 200: answerAuthority(CHANGED) },
  errors: [...CHANGE_ERRORS, 'missing-parameter', 'invalid-parameter', 'malformed-certificate'],
  handle: async (c) => {
    const { certificate } = await readJsonBody(c, CERTIFICATE_REQUEST);
    const { lineageId } = await c
      .get('services')
      .authorityManager.complete(askedBy(c), c.req.param('id'), certificate);
    return sendChanged(c, lineageId, 'took the certificate of');
  },
});

const disableAuthority = defineEndpoint({
  id: 'disableAuthority',
  method: 'POST',
  path: '/api/v1/authorities/:id/disable',
  caller: 'authorities:Manage',
  rootOnly: true,
  tag: 'Authorities',
  summary: 'Disable an authority',
  description: 'It issues no more certificates. Its CRLs continue.',
  params: AUTHORITY_PARAMS,
  answers: { 200: answerAuthority(CHANGED, { state: 'disabled' }) },
  errors: CHANGE_ERRORS,
  handle: async (c) => {
    const id = c.req.param('id');
    await c.get('services').authorityManager.disable(askedBy(c), id);
    return sendChanged(c, id, 'disabled');
  },
});

const enableAuthority = defineEndpoint({
  id: 'enableAuthority',
  method: 'POST',
  path: '/api/v1/authorities/:id/enable',
  caller: 'authorities:Manage',
  rootOnly: true,
  tag: 'Authorities',
  summary: 'Enable a disabled authority',
  params: AUTHORITY_PARAMS,
  answers: { 200: answerAuthority(CHANGED) },
  errors: CHANGE_ERRORS,
  handle: async (c) => {
    const id = c.req.param('id');
    await c.get('services').authorityManager.enable(askedBy(c), id);
    return sendChanged(c, id, 'enabled');
  },
});

const revokeAuthority = defineEndpoint({
  id: 'revokeAuthority',
  method: 'POST',
  path: '/api/v1/authorities/:id/revoke',
  caller: 'authorities:Manage',
  rootOnly: true,
  tag: 'Authorities',
  summary: 'Revoke an authority',
  description:
    'Final, and for all its generations. The CRLs of the CAs above it have the revocation.',
  params: AUTHORITY_PARAMS,
  request: {
    ...jsonBody(
      jsonForm(
        'The reason',
        REVOCATION_REQUEST,
        { reason: { description: 'RFC 5280 section 5.3.1.', enum: FINAL_REASONS } },
        { reason: 'cACompromise' },
      ),
    ),
    optional: true,
  },
  answers: { 200: answerAuthority(CHANGED, { state: 'revoked' }) },
  errors: [...CHANGE_ERRORS, 'invalid-parameter', 'already-revoked'],
  handle: async (c) => {
    const { reason } = await readOptionalJsonBody(c, REVOCATION_REQUEST);
    const id = c.req.param('id');
    await c
      .get('services')
      .authorityManager.revoke(askedBy(c), id, parseRevocationReason(reason, FINAL_REASONS));
    return sendChanged(c, id, 'revoked');
  },
});

export async function sendChanged(
  c: AuthorizedContext,
  id: string,
  done: string,
): Promise<Response> {
  const answer = await readAuthority(c, id);
  note(c, `${done} ${answer.id}`);
  return c.json(answer);
}

export const CHANGE_AUTHORITY_ENDPOINTS: readonly Endpoint[] = [
  updateAuthority,
  uploadAuthorityCertificate,
  disableAuthority,
  enableAuthority,
  revokeAuthority,
];
