import { examplePem } from '../endpoint.ts';
import type { Operation } from '../operation.ts';
import { downloadCaCertificate } from './download-ca-certificate.ts';
import { downloadCaChain } from './download-ca-chain.ts';
import { downloadCrl, downloadPartitionCrl } from './download-crl.ts';
import { downloadCrossCertificates } from './download-cross-certificates.ts';

const PATH = { authority: 'Id of the authority; the first one is `default`.' };

const NOT_MODIFIED = { description: 'Not changed since the `ETag` that `If-None-Match` names.' };

const HEADERS = { ETag: 'For `If-None-Match`.' };

export const DOWNLOAD_OPERATIONS: readonly Operation[] = [
  {
    handle: downloadCaCertificate,
    tag: 'Downloads',
    summary: 'The CA certificate, in DER',
    path: PATH,
    answers: {
      200: {
        description: 'The certificate of the authority.',
        headers: HEADERS,
        content: {
          'application/pkix-cert': { schema: { contentMediaType: 'application/pkix-cert' } },
        },
      },
      304: NOT_MODIFIED,
    },
    errors: ['authority-not-found', 'authority-unavailable', 'record-unavailable'],
  },
  {
    handle: downloadCaChain,
    tag: 'Downloads',
    summary: 'The CA certificate and its chain up to the root, in PEM',
    path: PATH,
    answers: {
      200: {
        description: 'The certificate of the authority, then those above it.',
        headers: HEADERS,
        content: {
          'application/pem-certificate-chain': {
            schema: { type: 'string' },
            example: examplePem('CERTIFICATE'),
          },
        },
      },
      304: NOT_MODIFIED,
    },
    errors: ['authority-not-found', 'authority-unavailable', 'record-unavailable'],
  },
  {
    handle: downloadCrossCertificates,
    tag: 'Downloads',
    summary: "What a root's other keys say of this key, in PEM",
    description: 'For clients that trust another key of it.',
    path: { authority: 'Id of a generation of the authority.' },
    answers: {
      200: {
        description: 'The cross certificates.',
        headers: HEADERS,
        content: {
          'application/pem-certificate-chain': {
            schema: { type: 'string' },
            example: examplePem('CERTIFICATE'),
          },
        },
      },
      304: NOT_MODIFIED,
    },
    errors: ['authority-not-found', 'authority-unavailable', 'record-unavailable'],
  },
  {
    handle: downloadCrl,
    tag: 'Downloads',
    summary: 'The complete revocation list, in DER',
    path: PATH,
    answers: {
      200: {
        description: 'The list.',
        headers: HEADERS,
        content: {
          'application/pkix-crl': { schema: { contentMediaType: 'application/pkix-crl' } },
        },
      },
      304: NOT_MODIFIED,
    },
    errors: ['authority-not-found', 'authority-unavailable', 'record-unavailable'],
  },
  {
    handle: downloadPartitionCrl,
    tag: 'Downloads',
    summary: 'The revocation list of a partition, or a delta list, in DER',
    description:
      '`{n}.crl` is the list of partition n, which its certificates name; `{n}-delta.crl` and `delta.crl` hold what changed since that list and since the complete one.',
    path: { ...PATH, list: '`{n}`, `{n}-delta` or `delta`.' },
    answers: {
      200: {
        description: 'The list.',
        headers: HEADERS,
        content: {
          'application/pkix-crl': { schema: { contentMediaType: 'application/pkix-crl' } },
        },
      },
      304: NOT_MODIFIED,
    },
    errors: ['authority-not-found', 'authority-unavailable', 'not-found', 'record-unavailable'],
  },
];
