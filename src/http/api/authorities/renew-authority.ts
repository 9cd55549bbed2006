import { exactOptional, strictObject } from 'valibot';
import { askedBy, note } from '../../context.ts';
import { defineEndpoint, type Endpoint, jsonBody, jsonForm } from '../../endpoint.ts';
import { TEXT } from '../common/field-schemas.ts';
import { readOptionalJsonBody } from '../common/read-json.ts';
import { AUTHORITY_PARAMS, answerAuthority } from './answers.ts';
import { CHANGE_ERRORS, CHANGED, sendChanged } from './change-authority.ts';
import { readAuthority } from './read-authorities.ts';
import { KEY_NOTES, KEY_SCHEMAS, readKeyChoice, VALIDITY_NOTE } from './request-fields.ts';

const RENEWAL_REQUEST = strictObject({ validity: exactOptional(TEXT) });
const REKEY_REQUEST = strictObject({ validity: exactOptional(TEXT), ...KEY_SCHEMAS });

const renewAuthority = defineEndpoint({
  id: 'renewAuthority',
  method: 'POST',
  path: '/api/v1/authorities/:id/renew',
  caller: 'authorities:Manage',
  rootOnly: true,
  idempotent: true,
  tag: 'Authorities',
  summary: 'Renew the certificate of an authority',
  description: 'The key stays the same, so the certificates that it issued stay valid.',
  params: AUTHORITY_PARAMS,
  request: {
    ...jsonBody(
      jsonForm('The validity', RENEWAL_REQUEST, { validity: VALIDITY_NOTE }, { validity: '5y' }),
    ),
    optional: true,
  },
  answers: { 200: answerAuthority(CHANGED) },
  errors: [
    ...CHANGE_ERRORS,
    'invalid-parameter',
    'constraint-violated',
    'policy-violated',
    'authority-unavailable',
  ],
  handle: async (c) => {
    const { validity } = await readOptionalJsonBody(c, RENEWAL_REQUEST);
    const { lineageId } = await c
      .get('services')
      .authorityManager.renew(askedBy(c), c.req.param('id'), validity ?? null);
    return sendChanged(c, lineageId, 'renewed');
  },
});

const rekeyAuthority = defineEndpoint({
  id: 'rekeyAuthority',
  method: 'POST',
  path: '/api/v1/authorities/:id/rekey',
  caller: 'authorities:Manage',
  rootOnly: true,
  idempotent: true,
  tag: 'Authorities',
  summary: 'Re-key an authority',
  description:
    'A new generation with a new key signs from now on. The old generation continues to sign its own CRL. The two keys of a root cross-certify each other.',
  params: AUTHORITY_PARAMS,
  request: {
    ...jsonBody(
      jsonForm(
        'The new key',
        REKEY_REQUEST,
        { validity: VALIDITY_NOTE, ...KEY_NOTES },
        { keyAlgorithm: 'P-384', validity: '25y' },
      ),
    ),
    optional: true,
  },
  answers: { 200: answerAuthority(CHANGED) },
  errors: [
    ...CHANGE_ERRORS,
    'invalid-parameter',
    'weak-key',
    'key-compromised',
    'import-conflict',
    'constraint-violated',
    'policy-violated',
    'authority-unavailable',
  ],
  handle: async (c) => {
    const request = await readOptionalJsonBody(c, REKEY_REQUEST);
    const { lineageId } = await c
      .get('services')
      .authorityManager.rekey(askedBy(c), c.req.param('id'), {
        key: readKeyChoice(request),
        validity: request.validity ?? null,
      });
    const answer = await readAuthority(c, lineageId);
    note(c, `re-keyed ${lineageId}`);
    return c.json(answer);
  },
});

export const RENEW_AUTHORITY_ENDPOINTS: readonly Endpoint[] = [renewAuthority, rekeyAuthority];
