import { encodePem } from '../../../asn1/pem.ts';
import { encodeUtf8 } from '../../../bytes.ts';
import { parseCertificate } from '../../../x509/certificate/certificate.ts';
import { encodeCertsOnly } from '../../../x509/certificate/certs-only.ts';
import { describeCertificate } from '../../../x509/description/describe-certificate.ts';
import { formatCertificateText } from '../../../x509/description/format-text.ts';
import type { HttpContext } from '../../context.ts';
import { type AnswerContent, examplePem } from '../../endpoint.ts';
import { PEM_CHAIN } from './pem-or-json.ts';

/** The forms of a certificate but for JSON, the default first. */
export const CERTIFICATE_FORMS = [
  PEM_CHAIN,
  'application/x-pem-file',
  'application/pkix-cert',
  'application/pkcs7-mime',
  'application/x-pkcs7-certificates',
  'text/plain',
] as const;

export type CertificateForm = (typeof CERTIFICATE_FORMS)[number];

/** With the parameters that tell clients more. */
const CONTENT_TYPES: Partial<Readonly<Record<CertificateForm, string>>> = {
  'application/pkcs7-mime': 'application/pkcs7-mime; smime-type=certs-only',
  'text/plain': 'text/plain; charset=utf-8',
};

/** Answers with a certificate in a form. @param chainDer its issuers, without the root */
export async function sendForm(
  c: HttpContext,
  form: CertificateForm,
  certificateDer: Uint8Array,
  chainDer: readonly Uint8Array[],
): Promise<Response> {
  const body = await encodeForm(form, certificateDer, chainDer);
  const headers = { Vary: 'Accept', 'Content-Type': CONTENT_TYPES[form] ?? form };
  return c.body(new Uint8Array(body), 200, headers);
}

async function encodeForm(
  form: CertificateForm,
  certificateDer: Uint8Array,
  chainDer: readonly Uint8Array[],
): Promise<Uint8Array> {
  switch (form) {
    case PEM_CHAIN:
      return encodePems([certificateDer, ...chainDer]);
    case 'application/x-pem-file':
      return encodePems([certificateDer]);
    case 'application/pkix-cert':
      return certificateDer;
    case 'application/pkcs7-mime':
    case 'application/x-pkcs7-certificates':
      return encodeCertsOnly([certificateDer, ...chainDer]);
    case 'text/plain':
      return encodeUtf8(
        formatCertificateText(await describeCertificate(parseCertificate(certificateDer))),
      );
  }
}

function encodePems(certificates: readonly Uint8Array[]): Uint8Array {
  return encodeUtf8(certificates.map((der) => encodePem('CERTIFICATE', der)).join(''));
}

const CERTS_ONLY = {
  schema: {
    description: 'The certificate and its chain without the root, as in a file named .p7b.',
    contentMediaType: 'application/pkcs7-mime',
  },
};

/** For the API description. */
export const CERTIFICATE_FORM_CONTENT: Readonly<Record<CertificateForm, AnswerContent>> = {
  [PEM_CHAIN]: {
    schema: { type: 'string', description: 'The certificate, then its chain without the root.' },
    example: examplePem('CERTIFICATE'),
  },
  'application/x-pem-file': {
    schema: { type: 'string', description: 'The certificate alone.' },
    example: examplePem('CERTIFICATE'),
  },
  'application/pkix-cert': {
    schema: { description: 'DER.', contentMediaType: 'application/pkix-cert' },
  },
  'application/pkcs7-mime': CERTS_ONLY,
  'application/x-pkcs7-certificates': CERTS_ONLY,
  'text/plain': {
    schema: { type: 'string', description: 'For people, with the lines of `openssl x509 -text`.' },
    example: 'Certificate:\n    Data:\n        Version: 3 (0x2)\n…\n',
  },
};
