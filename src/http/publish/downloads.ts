import { SignetError } from '../../errors.ts';
import { COMPLETE } from '../../lists/list-store.ts';
import { caCertificatePublication, crossCertificatesPublication } from '../edge/ca-certificates.ts';
import { serveDownload } from '../edge/from-context.ts';
import { crlPublication } from '../edge/lists.ts';
import { type Answer, defineEndpoint, type Endpoint, examplePem } from '../endpoint.ts';

const CERTIFICATE = {
  encoding: 'der',
  contentType: 'application/pkix-cert',
  fileName: null,
} as const;
const CHAIN = {
  encoding: 'pem',
  contentType: 'application/pem-certificate-chain',
  fileName: null,
} as const;
const LIST = { encoding: 'der', contentType: 'application/pkix-crl', fileName: null } as const;

const AUTHORITY = 'Id of the authority; the first one is `default`.';

/** AIA caIssuers points to it (RFC 5280 section 4.2.2.1). */
const downloadCaCertificate = defineEndpoint({
  id: 'downloadCaCertificate',
  method: 'GET',
  path: '/ca/:authority{[A-Za-z0-9_-]+\\.crt}',
  caller: 'anyone',
  tag: 'Downloads',
  summary: 'The CA certificate, in DER',
  params: { authority: AUTHORITY },
  answers: describeFile('The certificate of the authority.', CERTIFICATE),
  errors: ['authority-not-found', 'authority-unavailable', 'record-unavailable'],
  handle: async (c) =>
    serveDownload(
      c,
      caCertificatePublication(
        c.get('services'),
        withoutEnding(c.req.param('authority')),
        CERTIFICATE,
      ),
    ),
});

/** RFC 8555 section 9.1. */
const downloadCaChain = defineEndpoint({
  id: 'downloadCaChain',
  method: 'GET',
  path: '/ca/:authority{[A-Za-z0-9_-]+\\.pem}',
  caller: 'anyone',
  tag: 'Downloads',
  summary: 'The CA certificate and its chain up to the root, in PEM',
  params: { authority: AUTHORITY },
  answers: describeFile('The certificate of the authority, then those above it.', CHAIN),
  errors: ['authority-not-found', 'authority-unavailable', 'record-unavailable'],
  handle: async (c) =>
    serveDownload(
      c,
      caCertificatePublication(c.get('services'), withoutEnding(c.req.param('authority')), CHAIN),
    ),
});

/** With them, clients that trust only one key of a root can build a path (RFC 4210 section 4.4.1). */
const downloadCrossCertificates = defineEndpoint({
  id: 'downloadCrossCertificates',
  method: 'GET',
  path: '/ca/:authority{[A-Za-z0-9_-]+-cross\\.pem}',
  caller: 'anyone',
  tag: 'Downloads',
  summary: "Cross-certificates of a root's key, in PEM",
  description: 'For clients that trust another key of the root.',
  params: { authority: 'Id of a generation of the authority.' },
  answers: describeFile('The cross-certificates.', CHAIN),
  errors: ['authority-not-found', 'authority-unavailable', 'record-unavailable'],
  handle: async (c) =>
    serveDownload(
      c,
      crossCertificatesPublication(
        c.get('services'),
        withoutEnding(c.req.param('authority'), /-cross\.pem$/),
        CHAIN,
      ),
    ),
});

/** The distribution points of certificates issued before there were partitions name it. */
const downloadCrl = defineEndpoint({
  id: 'downloadCrl',
  method: 'GET',
  path: '/crl/:authority{[A-Za-z0-9_-]+\\.crl}',
  caller: 'anyone',
  tag: 'Downloads',
  summary: 'The complete CRL, in DER',
  params: { authority: AUTHORITY },
  answers: describeFile('The CRL.', LIST),
  errors: ['authority-not-found', 'authority-unavailable', 'record-unavailable'],
  handle: async (c) => {
    const authorityId = withoutEnding(c.req.param('authority'));
    const scope = { authorityId, crlPartition: COMPLETE };
    return serveDownload(c, crlPublication(c.get('services'), scope, 'full', LIST));
  },
});

/** CRL distribution points and freshestCRL name them (RFC 5280 sections 4.2.1.13 and 5.2.6). */
const downloadPartitionCrl = defineEndpoint({
  id: 'downloadPartitionCrl',
  method: 'GET',
  path: '/crl/:authority/:list{[a-z0-9-]+\\.crl}',
  caller: 'anyone',
  tag: 'Downloads',
  summary: 'The CRL of a partition, or a delta CRL, in DER',
  description:
    '`{n}.crl` is the CRL of partition n, which its certificates name. `{n}-delta.crl` holds the changes since that CRL, `delta.crl` the changes since the complete CRL.',
  params: { authority: AUTHORITY, list: '`{n}`, `{n}-delta` or `delta`.' },
  answers: describeFile('The CRL.', LIST),
  errors: ['authority-not-found', 'authority-unavailable', 'not-found', 'record-unavailable'],
  handle: async (c) => {
    const authorityId = c.req.param('authority');
    const { crlPartition, kind } = readListName(withoutEnding(c.req.param('list')));
    const scope = { authorityId, crlPartition };
    return serveDownload(c, crlPublication(c.get('services'), scope, kind, LIST));
  },
});

export const DOWNLOAD_ENDPOINTS: readonly Endpoint[] = [
  downloadCaCertificate,
  // `-cross.pem` also matches the path of a chain, so it comes first.
  downloadCrossCertificates,
  downloadCaChain,
  downloadCrl,
  downloadPartitionCrl,
];

function withoutEnding(fileName: string, ending = /\.[a-z]+$/): string {
  return fileName.replace(ending, '');
}

function readListName(name: string): { crlPartition: number; kind: 'full' | 'delta' } {
  if (name === 'delta') return { crlPartition: COMPLETE, kind: 'delta' };
  const [, number, delta] = /^(0|[1-9]\d{0,8})(-delta)?$/.exec(name) ?? [];
  if (number === undefined) throw new SignetError('not-found', 'There is no such list.');
  return { crlPartition: Number(number), kind: delta === undefined ? 'full' : 'delta' };
}

function describeFile(
  description: string,
  { encoding, contentType }: typeof CERTIFICATE | typeof CHAIN | typeof LIST,
): Readonly<Record<number, Answer>> {
  const content =
    encoding === 'pem'
      ? { schema: { type: 'string' }, example: examplePem('CERTIFICATE') }
      : { schema: { contentMediaType: contentType } };
  return {
    200: {
      description,
      headers: { ETag: 'For `If-None-Match`.' },
      content: { [contentType]: content },
    },
    304: { description: 'Not changed since the `ETag` in `If-None-Match`.' },
  };
}
