import {
  array,
  description,
  exactOptional,
  type InferOutput,
  nullable,
  pipe,
  strictObject,
  string,
} from 'valibot';
import { encodePem } from '../../../asn1/pem.ts';
import { SignetError } from '../../../errors.ts';
import type { OcspResponderRecord } from '../../../ocsp/ocsp-signer.ts';
import { parseCertificate } from '../../../x509/certificate/certificate.ts';
import { askedBy, note } from '../../context.ts';
import {
  DONE,
  defineEndpoint,
  type Endpoint,
  examplePem,
  jsonAnswer,
  jsonBody,
  jsonForm,
} from '../../endpoint.ts';
import { describeSerial, named, text } from '../common/answer-fields.ts';
import { formatDateTime, formatDateTimeOrNull } from '../common/date-time.ts';
import { TEXT } from '../common/field-schemas.ts';
import { readJsonBody } from '../common/read-json.ts';
import { AUTHORITY_PARAMS } from './answers.ts';

const RESPONDER_REQUEST = strictObject({
  certificate: exactOptional(TEXT),
  privateKey: exactOptional(TEXT),
});

const RESPONDER = named('OcspResponder', {
  generation: text('Id of the key generation of the authority that it signs for.'),
  certificate: text('PEM.'),
  serial: text(describeSerial(' of the certificate')),
  notBefore: text('RFC 3339, UTC.'),
  notAfter: text('RFC 3339, UTC.'),
  renewedFrom: pipe(
    nullable(string()),
    description('When a job replaces it; null if it was uploaded.'),
  ),
});

const RESPONDERS = named('OcspResponders', {
  responders: pipe(array(RESPONDER), description('At most one for each key generation.')),
});

const EXAMPLE = {
  generation: 'ca-x7k2q9m4b1tz',
  certificate: examplePem('CERTIFICATE'),
  serial: '2f6c1d0e9b8a47569e1f20c3d4b5a697',
  notBefore: '2026-11-22T04:31:45Z',
  notAfter: '2027-02-20T04:36:45Z',
  renewedFrom: '2027-01-21T04:35:05Z',
};

const getOcspResponder = defineEndpoint({
  id: 'getOcspResponder',
  method: 'GET',
  path: '/api/v1/authorities/:id/ocsp-responder',
  caller: 'authorities:Manage',
  rootOnly: true,
  tag: 'Authorities',
  summary: 'List the OCSP responders of an authority',
  description: 'Without one, the authority signs OCSP responses with its own key.',
  params: AUTHORITY_PARAMS,
  answers: { 200: jsonAnswer('The responders.', RESPONDERS, { responders: [EXAMPLE] }) },
  errors: ['authority-not-found'],
  handle: async (c) => {
    const { ocspResponders } = c.get('services');
    const found = await ocspResponders.list(c.get('principal'), c.req.param('id'));
    note(c, `listed ${found.length} OCSP responders`);
    const answer: InferOutput<typeof RESPONDERS> = { responders: found.map(describe) };
    return c.json(answer);
  },
});

const putOcspResponder = defineEndpoint({
  id: 'putOcspResponder',
  method: 'PUT',
  path: '/api/v1/authorities/:id/ocsp-responder',
  caller: 'authorities:Manage',
  rootOnly: true,
  tag: 'Authorities',
  summary: 'Give an authority an OCSP responder',
  description:
    'With `{}`: creates a P-256 key, which is stored sealed, and a certificate of 90 days signed by the current key of the authority. A job renews it when a third of its lifetime is left. With `certificate` and `privateKey`: uploads a responder that was issued elsewhere by any key of the authority. An empty body is refused.',
  params: AUTHORITY_PARAMS,
  request: jsonBody(
    jsonForm(
      'A responder from elsewhere, or an empty object',
      RESPONDER_REQUEST,
      {
        certificate: "PEM, issued by the authority's own key for OCSPSigning.",
        privateKey: 'PEM, not encrypted. It is stored sealed.',
      },
      { certificate: examplePem('CERTIFICATE'), privateKey: examplePem('PRIVATE KEY') },
    ),
  ),
  answers: { 200: jsonAnswer('The responder.', RESPONDER, EXAMPLE) },
  errors: [
    'authority-not-found',
    'authority-unavailable',
    'constraint-violated',
    'in-use',
    'missing-parameter',
    'invalid-parameter',
    'malformed-certificate',
    'malformed-key',
    'key-mismatch',
    'weak-key',
    'not-valid-now',
    'sealing-unavailable',
  ],
  handle: async (c) => {
    const { certificate, privateKey } = await readJsonBody(c, RESPONDER_REQUEST);
    if ((certificate === undefined) !== (privateKey === undefined)) {
      const field = certificate === undefined ? 'certificate' : 'privateKey';
      throw new SignetError('missing-parameter', `'${field}' is missing.`, { field });
    }
    const { ocspResponders } = c.get('services');
    const id = c.req.param('id');
    const responder =
      certificate === undefined || privateKey === undefined
        ? await ocspResponders.issue(askedBy(c), id)
        : await ocspResponders.upload(askedBy(c), id, { certificate, privateKey });
    note(c, `gave ${responder.authorityId} an OCSP responder`);
    return c.json(describe(responder));
  },
});

const deleteOcspResponder = defineEndpoint({
  id: 'deleteOcspResponder',
  method: 'DELETE',
  path: '/api/v1/authorities/:id/ocsp-responder',
  caller: 'authorities:Manage',
  rootOnly: true,
  tag: 'Authorities',
  summary: 'Delete the OCSP responders of an authority',
  description: 'The authority signs its OCSP responses itself again.',
  params: AUTHORITY_PARAMS,
  answers: { 204: DONE },
  errors: ['authority-not-found', 'not-found'],
  handle: async (c) => {
    const { ocspResponders } = c.get('services');
    await ocspResponders.remove(askedBy(c), c.req.param('id'));
    note(c, 'deleted the OCSP responders');
    return c.body(null, 204);
  },
});

function describe(responder: OcspResponderRecord): InferOutput<typeof RESPONDER> {
  const { serialHex } = parseCertificate(responder.certificateDer);
  return {
    generation: responder.authorityId,
    certificate: encodePem('CERTIFICATE', responder.certificateDer),
    serial: serialHex,
    notBefore: formatDateTime(responder.notBeforeSeconds),
    notAfter: formatDateTime(responder.notAfterSeconds),
    renewedFrom: formatDateTimeOrNull(responder.renewFromSeconds),
  };
}

export const OCSP_RESPONDER_ENDPOINTS: readonly Endpoint[] = [
  getOcspResponder,
  putOcspResponder,
  deleteOcspResponder,
];
