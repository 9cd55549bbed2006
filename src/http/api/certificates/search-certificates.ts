import { array, description, type InferOutput, nullable, object, picklist, pipe } from 'valibot';
import { SignetError } from '../../../errors.ts';
import type { RecordedCertificate } from '../../../issuance/store.ts';
import { readAltNames } from '../../../search/describe-recorded.ts';
import { findState } from '../../../search/find-state.ts';
import { planSearch } from '../../../search/plan.ts';
import { note } from '../../context.ts';
import { defineEndpoint, type Endpoint, PAGE_QUERY } from '../../endpoint.ts';
import {
  describeSerial,
  flag,
  moment,
  momentOrNull,
  NEXT,
  named,
  text,
  textOrNull,
  texts,
  whole,
} from '../common/answer-fields.ts';
import { formatDateTime, formatDateTimeMs, formatDateTimeOrNull } from '../common/date-time.ts';
import { chooseMediaType } from '../common/media-type.ts';
import { readChoice, readNumberParameter } from '../common/query.ts';
import { EXPORT_PAGE, EXPORT_TYPES, exportCertificates } from './export-certificates.ts';
import { nameReason } from './name-reason.ts';
import { JSON_TYPE } from './pem-or-json.ts';
import {
  type GivenFilters,
  identifySearch,
  readCursor,
  readFilters,
  readSort,
  writeCursor,
} from './search-filters.ts';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 100;

const FOUND_CERTIFICATE = named('FoundCertificate', {
  serial: text(describeSerial('')),
  authority: text('Id of the authority that signed it.'),
  subject: text('Name of the subject, RFC 4514.'),
  names: texts('Its alternative names.'),
  state: pipe(
    picklist(['valid', 'expired', 'revoked', 'on-hold']),
    description('A revoked certificate stays `revoked` when it expires.'),
  ),
  profile: textOrNull('The profile that it was issued under; null if it was imported.'),
  origin: text('The API that issued it, or `import`.'),
  account: text('Id of the account that owns it.'),
  publicKeyId: textOrNull('SHA-256 of its public key; null if only its entry was imported.'),
  notBefore: moment('The first second of its validity.'),
  notAfter: moment('The last second of its validity.'),
  issuedAt: moment('When it was recorded.'),
  revokedAt: momentOrNull('When it was revoked or put on hold.'),
  reason: textOrNull('Why, RFC 5280 section 5.3.1; null if it is not revoked.'),
  hasCertificate: flag('Whether the certificate itself is on record.'),
});

const FOUND_CERTIFICATES = named('FoundCertificates', {
  certificates: pipe(array(FOUND_CERTIFICATE), description('In the order of `sort`.')),
  next: NEXT,
  total: pipe(
    nullable(
      object({
        value: whole('How many certificates the search finds.'),
        kind: pipe(
          picklist(['exact', 'at-least', 'at-most']),
          description(
            '`at-least`: there are more than are counted. `at-most`: not every filter can be counted by.',
          ),
        ),
      }),
    ),
    description('null without `count`, and if there are too many to be counted.'),
  ),
});

const EXAMPLE: InferOutput<typeof FOUND_CERTIFICATES> = {
  certificates: [
    {
      serial: 'dc73f6c8a4e04f1b9d2a7b5c3e1f0a68',
      authority: 'default',
      subject: 'CN=www.corp.example',
      names: ['www.corp.example'],
      state: 'valid',
      profile: 'tls-server',
      origin: 'api',
      account: 'root',
      publicKeyId: '5f'.repeat(32),
      notBefore: '2026-11-22T04:31:45Z',
      notAfter: '2027-11-22T04:36:45Z',
      issuedAt: '2026-11-22T04:36:45Z',
      revokedAt: null,
      reason: null,
      hasCertificate: true,
    },
  ],
  next: null,
  total: null,
};

const TIME = { type: 'string', format: 'date-time' } as const;
const WORD = { type: 'string' } as const;

const searchCertificates = defineEndpoint({
  id: 'searchCertificates',
  method: 'GET',
  path: '/api/v1/certificates',
  caller: 'certificates:Read',
  tag: 'Certificates',
  summary: 'Search certificates',
  description:
    'Returns the certificates that fulfil every filter. The account `root` sees the certificates of all accounts. Any other account sees its own. One request goes through a limited number of certificates, so a page may hold fewer than `limit`, or none, while `next` is not null. With `Accept: text/csv` or `application/x-ndjson` it streams all of them, from `cursor` on, without pages.',
  query: {
    text: {
      description:
        'Words that all occur in the subject or are alternative names. Letter case does not matter.',
      ...WORD,
    },
    dns: { description: 'A DNS name, or `*.corp.example` for all names below it.', ...WORD },
    ip: { description: 'An IP address.', ...WORD },
    email: { description: 'An e-mail address.', ...WORD },
    serial: { description: 'The first 4 or more digits of the serial number.', ...WORD },
    publicKeyId: { description: 'SHA-256 of the public key, in hexadecimal.', ...WORD },
    fingerprint: { description: 'SHA-256 of the certificate, in hexadecimal.', ...WORD },
    authority: {
      description: 'Id of the authority: with all its generations, or of one generation.',
      ...WORD,
    },
    profile: { description: 'Name of the profile.', ...WORD },
    origin: {
      description: 'The API that issued it.',
      enum: ['api', 'openssl-ca', 'cas', 'acme', 'import'],
      ...WORD,
    },
    account: { description: 'Id of the account that owns it.', ...WORD },
    state: {
      description: 'Its state now.',
      enum: ['valid', 'expired', 'revoked', 'on-hold'],
      ...WORD,
    },
    issuedAfter: { description: 'Issued at this time or later.', ...TIME },
    issuedBefore: { description: 'Issued before this time.', ...TIME },
    expiresAfter: { description: 'Expires at this time or later.', ...TIME },
    expiresBefore: { description: 'Expires before this time.', ...TIME },
    sort: {
      description:
        'The order; `-` for the latest first. Default: `-issuedAt`, for expired certificates `-notAfter`.',
      type: 'string',
      enum: ['-issuedAt', 'issuedAt', '-notAfter', 'notAfter'],
    },
    count: {
      description: 'Whether to count what the search finds, up to 10000.',
      type: 'boolean',
      default: false,
    },
    ...PAGE_QUERY,
  },
  answers: {
    200: {
      description: 'A page, or all certificates as CSV or NDJSON.',
      content: {
        [JSON_TYPE]: { schema: FOUND_CERTIFICATES, example: EXAMPLE },
        'text/csv': { schema: { type: 'string' } },
        'application/x-ndjson': { schema: { type: 'string' } },
      },
    },
  },
  errors: ['invalid-parameter'],
  handle: async (c) => {
    const query = c.get('url').searchParams;
    const given = readFilters(query);
    const sort = readSort(query);
    const search = await identifySearch(given, sort);
    const after = readCursor(query, search);
    const { listGenerations, searchCertificates, clock } = c.get('services');
    const filters = { ...given, authority: await openAuthorityFilter(given, listGenerations) };
    const nowSeconds = Math.floor(clock() / 1000);
    const read = (page: Parameters<typeof planSearch>[2]) =>
      searchCertificates(planSearch(filters, sort, page), c.get('principal'));
    const form = chooseMediaType(c.req.raw, [JSON_TYPE, ...EXPORT_TYPES]);
    if (form !== JSON_TYPE) {
      const first = await read({ after, limit: EXPORT_PAGE, counts: false });
      note(c, 'began an export of certificates');
      const toRow = (certificate: RecordedCertificate) => describe(certificate, nowSeconds);
      return exportCertificates(form, Object.keys(FOUND_CERTIFICATE.entries), first, read, toRow);
    }
    const counts = readChoice(c.get('url'), 'count', ['true', 'false']) === 'true';
    const found = await read({ after, limit: readLimit(c.get('url')), counts });
    note(c, `found ${found.certificates.length} certificates`);
    const answer: InferOutput<typeof FOUND_CERTIFICATES> = {
      certificates: found.certificates.map((certificate) => describe(certificate, nowSeconds)),
      next: found.next === null ? null : writeCursor(found.next, search),
      total: found.total,
    };
    return c.json(answer, 200, { Vary: 'Accept' });
  },
});

function readLimit(url: URL): number {
  const limit = readNumberParameter(url, 'limit', DEFAULT_LIMIT);
  if (limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new SignetError('invalid-parameter', `'limit' must be between 1 and ${MAX_LIMIT}.`, {
    field: 'limit',
  });
}

/** The id of the first generation means all of them, another one means itself. */
async function openAuthorityFilter(
  { authorityId }: GivenFilters,
  listGenerations: (id: string) => Promise<readonly string[]>,
) {
  if (authorityId === null) return null;
  const generations = await listGenerations(authorityId);
  const lineageId = generations[0] ?? authorityId;
  return { lineageId, generationIds: lineageId === authorityId ? generations : [authorityId] };
}

function describe(
  certificate: RecordedCertificate,
  nowSeconds: number,
): InferOutput<typeof FOUND_CERTIFICATE> {
  const { revocation, origin } = certificate;
  return {
    serial: certificate.serialHex,
    authority: certificate.authorityId,
    subject: certificate.subject,
    names: readAltNames(certificate.certificateDer).map(({ value }) => value),
    state: findState(certificate, nowSeconds),
    profile: origin === 'import' ? null : certificate.profile,
    origin,
    account: certificate.accountId,
    publicKeyId: certificate.publicKeyIdHex,
    notBefore: formatDateTime(certificate.notBeforeSeconds),
    notAfter: formatDateTime(certificate.notAfterSeconds),
    issuedAt: formatDateTimeMs(certificate.issuedAtMs),
    revokedAt: formatDateTimeOrNull(revocation?.revokedAtSeconds ?? null),
    reason: revocation === null ? null : nameReason(revocation.reason),
    hasCertificate: certificate.certificateDer !== null,
  };
}

export const SEARCH_ENDPOINTS: readonly Endpoint[] = [searchCertificates];
