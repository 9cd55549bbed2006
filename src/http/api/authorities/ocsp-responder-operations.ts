import { DONE, examplePem, jsonAnswer, jsonBody, jsonForm } from '../../endpoint.ts';
import type { Operation } from '../../operation.ts';
import {
  deleteOcspResponder,
  getOcspResponder,
  OCSP_RESPONDER,
  OCSP_RESPONDER_REQUEST,
  OCSP_RESPONDERS,
  putOcspResponder,
} from './ocsp-responder.ts';

const PATH = { id: 'Id of the authority.' };

const EXAMPLE = {
  generation: 'ca-x7k2q9m4b1tz',
  certificate: examplePem('CERTIFICATE'),
  serial: '2f6c1d0e9b8a47569e1f20c3d4b5a697',
  notBefore: '2026-11-22T04:31:45Z',
  notAfter: '2027-02-20T04:36:45Z',
  renewedFrom: '2027-01-21T04:35:05Z',
};

export const OCSP_RESPONDER_OPERATIONS: readonly Operation[] = [
  {
    handle: getOcspResponder,
    tag: 'Authorities',
    summary: 'Who signs OCSP answers in the name of an authority',
    description: 'Where there is nobody, the authority signs them by its own key.',
    path: PATH,
    answers: { 200: jsonAnswer('The responders.', OCSP_RESPONDERS, { responders: [EXAMPLE] }) },
    errors: ['authority-not-found'],
  },
  {
    handle: putOcspResponder,
    tag: 'Authorities',
    summary: 'Have another key sign the OCSP answers of an authority',
    description:
      'Without a body: a new P-256 key, which is sealed, with a certificate of 90 days by the key that signs now; a job renews it when a third of them is left. With a body: one that was issued elsewhere, by any key of the authority.',
    path: PATH,
    request: {
      ...jsonBody(
        jsonForm(
          'A responder from elsewhere',
          OCSP_RESPONDER_REQUEST,
          {
            certificate: 'PEM; issued by the key of the authority itself, for OCSPSigning.',
            privateKey: 'PEM, not encrypted; it is sealed.',
          },
          { certificate: examplePem('CERTIFICATE'), privateKey: examplePem('PRIVATE KEY') },
        ),
      ),
      optional: true,
    },
    answers: { 200: jsonAnswer('The responder.', OCSP_RESPONDER, EXAMPLE) },
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
  },
  {
    handle: deleteOcspResponder,
    tag: 'Authorities',
    summary: 'Let an authority sign its OCSP answers itself again',
    path: PATH,
    answers: { 204: DONE },
    errors: ['authority-not-found', 'not-found'],
  },
];
