import { array, description, type InferOutput, object, picklist, pipe } from 'valibot';
import type { PreviewedCertificate } from '../../../issuance/preview-certificate.ts';
import { parseCsr } from '../../../x509/certificate/csr.ts';
import { type CsrDifference, compareWithCsr } from '../../../x509/description/compare-csr.ts';
import { describeContent } from '../../../x509/description/describe-certificate.ts';
import { describeCsr } from '../../../x509/description/describe-csr.ts';
import { formatCertificateText } from '../../../x509/description/format-text.ts';
import { note } from '../../context.ts';
import { defineEndpoint, type Endpoint } from '../../endpoint.ts';
import { moment, named, text, textOrNull } from '../common/answer-fields.ts';
import { formatDateTime } from '../common/date-time.ts';
import { chooseMediaType } from '../common/media-type.ts';
import { CERTIFICATE_FORM_CONTENT } from './certificate-forms.ts';
import { DECODED_CERTIFICATE, DECODED_EXAMPLE } from './decoded-answer.ts';
import { GENERAL_NAME, list } from './decoded-names.ts';
import { ISSUE_BODY, ISSUE_ERRORS, ISSUE_QUERY, readLeafRequest } from './issue-request.ts';
import { JSON_TYPE } from './pem-or-json.ts';

const NOTES = pipe(
  array(
    object({
      change: picklist(['added', 'left-out', 'changed']),
      part: text('`subject`, `validity`, or the name or OID of an extension or attribute.'),
      message: text('For people.'),
    }),
  ),
  description('What the certificate has otherwise than the CSR asks for.'),
);

const PREVIEW = named('PreviewedCertificate', {
  authority: text('Id of the authority that would sign it.'),
  profile: textOrNull('The profile.'),
  subject: text('Name of the subject, RFC 4514.'),
  names: list(GENERAL_NAME, 'The alternative names.'),
  notBefore: moment('The first second of its validity, if it were issued now.'),
  notAfter: moment('The last second of its validity, if it were issued now.'),
  decoded: DECODED_CERTIFICATE,
  notes: NOTES,
});
type PreviewAnswer = InferOutput<typeof PREVIEW>;

const EXAMPLE: PreviewAnswer = {
  authority: 'default',
  profile: 'tls-server',
  subject: 'CN=localhost',
  names: [{ kind: 'dns', value: 'localhost' }],
  notBefore: DECODED_EXAMPLE.notBefore,
  notAfter: DECODED_EXAMPLE.notAfter,
  decoded: { ...DECODED_EXAMPLE, serial: null, signature: null, fingerprints: null },
  notes: [
    {
      change: 'added',
      part: 'subjectAltName',
      message:
        'The certificate gets DNS:localhost, which the CSR does not ask for. It is the common name of the subject.',
    },
  ],
};

const previewCertificate = defineEndpoint({
  id: 'previewCertificate',
  method: 'POST',
  path: '/api/v1/certificates/preview',
  caller: 'certificates:Issue',
  tag: 'Certificates',
  summary: 'Preview a certificate',
  description:
    'Takes the body of `POST /api/v1/certificates`, makes the same checks and answers what would be issued, or the error that issuing would answer. Signs and records nothing. The serial number does not exist yet, and the number in the URLs of CRLs may differ. With `Accept: text/plain` it returns the certificate as text.',
  query: ISSUE_QUERY,
  request: ISSUE_BODY,
  answers: {
    200: {
      description: 'What would be issued.',
      content: {
        [JSON_TYPE]: { schema: PREVIEW, example: EXAMPLE },
        'text/plain': CERTIFICATE_FORM_CONTENT['text/plain'],
      },
    },
  },
  errors: ISSUE_ERRORS,
  handle: async (c) => {
    const request = await readLeafRequest(c);
    const previewed = await c.get('services').previewCertificate(request);
    note(c, 'previewed a certificate');
    const decoded = await describeContent(previewed.content);
    const headers = { Vary: 'Accept' };
    if (chooseMediaType(c.req.raw, [JSON_TYPE, 'text/plain']) !== JSON_TYPE) {
      const type = 'text/plain; charset=utf-8';
      return c.body(formatCertificateText(decoded), 200, { ...headers, 'Content-Type': type });
    }
    const csr = await describeCsr(parseCsr(request.csrDer));
    const { draft, authorityId } = previewed;
    const answer: PreviewAnswer = {
      authority: authorityId,
      profile: draft.profile?.name ?? null,
      subject: decoded.subject.text,
      names: draft.subjectAltNames.map(({ kind, value }) => ({ kind, value })),
      notBefore: formatDateTime(draft.notBeforeSeconds),
      notAfter: formatDateTime(draft.notAfterSeconds),
      decoded,
      notes: [...compareWithCsr(csr, decoded), ...noteValidity(previewed)],
    };
    return c.json(answer, 200, headers);
  },
});

function noteValidity({ isCutByChain }: PreviewedCertificate): CsrDifference[] {
  if (!isCutByChain) return [];
  const message = 'The validity ends with that of the CA, before the end that the profile permits.';
  return [{ change: 'changed', part: 'validity', message }];
}

export const PREVIEW_ENDPOINTS: readonly Endpoint[] = [previewCertificate];
