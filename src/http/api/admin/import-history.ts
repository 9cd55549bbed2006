import {
  array,
  boolean,
  exactOptional,
  type InferOutput,
  nullable,
  number,
  strictObject,
} from 'valibot';
import { REVOCATION_REASONS } from '../../../revocation/reasons.ts';
import { note } from '../../context.ts';
import {
  defineEndpoint,
  type Endpoint,
  examplePem,
  jsonAnswer,
  jsonBody,
  jsonForm,
} from '../../endpoint.ts';
import { decodeJsonObject } from '../../json.ts';
import { readRequestBody } from '../../middleware/read-body.ts';
import { named, whole } from '../common/answer-fields.ts';
import { TEXT } from '../common/field-schemas.ts';
import { decodeHistory, MAX_CERTIFICATES } from './decode-history.ts';

/** Only for the description: decodeHistory reads the request, because its errors name the entry. */
const HISTORY_REQUEST = strictObject({
  uniqueSubject: exactOptional(boolean()),
  crl: exactOptional(TEXT),
  lastCrlNumber: exactOptional(nullable(number())),
  certificates: exactOptional(
    array(
      strictObject({
        serial: TEXT,
        certificate: exactOptional(TEXT),
        subject: exactOptional(TEXT),
        notAfter: exactOptional(TEXT),
        revocation: exactOptional(
          nullable(
            strictObject({
              revokedAt: TEXT,
              reason: exactOptional(TEXT),
              invalidityDate: exactOptional(TEXT),
            }),
          ),
        ),
      }),
    ),
  ),
});

const REASONS = Object.keys(REVOCATION_REASONS).map((name) => `\`${name}\``);

export const HISTORY_EXAMPLE = {
  uniqueSubject: false,
  crl: examplePem('X509 CRL'),
  certificates: [
    {
      serial: '1000',
      subject: '/CN=old.example.test',
      notAfter: '2027-01-01T00:00:00Z',
      revocation: { revokedAt: '2026-05-01T00:00:00Z', reason: 'superseded' },
    },
  ],
};

const IMPORTED_COUNTS = named('ImportedCounts', {
  certificates: whole('The number of new certificates.'),
  revocations: whole('The number of new revocations.'),
});

const importHistory = defineEndpoint({
  id: 'importHistory',
  method: 'POST',
  path: '/api/v1/authorities/:authority/history',
  caller: 'authorities:Manage',
  rootOnly: true,
  maxBodyBytes: 1024 * 1024,
  tag: 'Administration',
  summary: 'Import the certificates and revocations of a CA from before it moved here',
  description:
    '`npm run import` sends this. It can be sent in parts and repeated; what is recorded already does not change. At most 1 MiB.',
  params: { authority: 'Id of the authority.' },
  request: jsonBody(
    jsonForm(
      'A history, or a part of it',
      HISTORY_REQUEST,
      {
        uniqueSubject:
          'Whether a subject may have at most one valid certificate. Default: `false`.',
        crl: 'The last CRL in PEM. CRL numbers continue after its number.',
        lastCrlNumber: 'The number of the last CRL, if the CRL itself is lost.',
        certificates: {
          description: `The issued certificates, each with \`certificate\` (PEM) or \`notAfter\` (RFC 3339). \`reason\` is one of ${REASONS.join(', ')}.`,
          maxItems: MAX_CERTIFICATES,
        },
      },
      HISTORY_EXAMPLE,
    ),
  ),
  answers: {
    200: jsonAnswer('How much of it was new.', IMPORTED_COUNTS, {
      certificates: 1,
      revocations: 1,
    }),
  },
  errors: [
    'invalid-parameter',
    'malformed-certificate',
    'malformed-crl',
    'authority-not-found',
    'import-conflict',
    'authority-unavailable',
  ],
  handle: async (c) => {
    const history = decodeHistory(decodeJsonObject(await readRequestBody(c)));
    const counts: InferOutput<typeof IMPORTED_COUNTS> = await c
      .get('services')
      .importHistory(
        c.req.param('authority'),
        history,
        c.get('principal'),
        c.get('requestContext'),
      );
    note(c, `imported ${counts.certificates} certificates, ${counts.revocations} revocations`);
    return c.json(counts);
  },
});

export const IMPORT_ENDPOINTS: readonly Endpoint[] = [importHistory];
