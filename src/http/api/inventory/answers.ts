import { array, description, type InferOutput, picklist, pipe } from 'valibot';
import { daysLeft } from '../../../inventory/mark-expiring.ts';
import type { Binding, InventorySummary } from '../../../inventory/store.ts';
import { flag, moment, NEXT, named, text, texts, whole } from '../common/answer-fields.ts';
import { formatDateTime, formatDateTimeMs } from '../common/date-time.ts';

const BINDING = named('Binding', {
  serviceName: text('The kind of service that uses the certificate.'),
  resourceId: text('The resource of that service.'),
  createdAt: moment('When it was first bound.'),
  updatedAt: moment('When it was last bound.'),
});

export const BINDINGS = named('Bindings', {
  bindings: pipe(array(BINDING), description('At most 100, sorted by service and resource.')),
});
export type BindingsAnswer = InferOutput<typeof BINDINGS>;

const ANSWER_FIELDS = {
  id: text('`cert-` and 12 of a-z0-9.'),
  name: text('Unique within the account.'),
  type: pipe(picklist(['server', 'client']), description('What it is kept for.')),
  origin: pipe(picklist(['upload', 'issued']), description('Uploaded, or issued here.')),
  commonName: text('Common name of the subject; empty if there is none.'),
  dnsNames: texts('DNS names of the subject alternative name.'),
  ipAddresses: texts('IP addresses of the subject alternative name.'),
  fingerprint: text('SHA-256 of the certificate, lower-case hexadecimal.'),
  notBefore: moment('The first second of its validity.'),
  notAfter: moment('The last second of its validity.'),
  daysLeft: whole('Whole days until it expires; 0 on the last day and afterwards.'),
  expired: flag('Whether it has expired.'),
  marks: texts(
    'What was weak about it, or wrong with its chain, when it was uploaded: `weak-key`, `weak-signature`, `unknown-critical-extension`; `weak-chain-signature`, `unverified-signature`, `expired-issuer`, `issuer-not-valid-yet`, `issuer-not-ca` (no basic constraints with CA:TRUE, or a key usage without keyCertSign) and `path-length-exceeded`.',
  ),
  hasPrivateKey: flag('Whether its private key is stored.'),
  inUse: flag('Whether it has bindings. Then it cannot be deleted or replaced.'),
  bindings: pipe(array(BINDING), description('What uses it.')),
  createdAt: moment('When it was added.'),
  updatedAt: moment('When it was last replaced or renamed.'),
};

const SUMMARY = named('InventorySummary', ANSWER_FIELDS);

export const INVENTORY = named('Inventory', {
  certificates: pipe(array(SUMMARY), description('Sorted by name.')),
  next: NEXT,
});
export type InventoryAnswer = InferOutput<typeof INVENTORY>;

export const ENTRY = named('InventoryEntry', {
  ...ANSWER_FIELDS,
  certificate: text('PEM.'),
  chain: texts(
    'PEM of the best path to a root, issuer first, then of the certificates of other paths.',
  ),
});
export type EntryAnswer = InferOutput<typeof ENTRY>;

export const NEW_ENTRY = named('NewInventoryEntry', {
  id: text('`cert-` and 12 of a-z0-9.'),
  name: text('The name in the request.'),
});
export type NewEntryAnswer = InferOutput<typeof NEW_ENTRY>;

export const ENTRY_PARAMS = { id: 'Id of the certificate in the inventory.' };

export const BINDING_EXAMPLE = {
  serviceName: 'cdn',
  resourceId: 'www.example.test',
  createdAt: '2026-11-22T04:36:45Z',
  updatedAt: '2026-11-22T04:36:45Z',
};

export const SUMMARY_EXAMPLE: InferOutput<typeof SUMMARY> = {
  id: 'cert-ymt4z0nf6bq1',
  name: 'www',
  type: 'server',
  origin: 'upload',
  commonName: 'www.example.test',
  dnsNames: ['www.example.test', 'example.test'],
  ipAddresses: ['192.0.2.7'],
  fingerprint: '6f1c0a7e5b9d48e2830f4c6d1b7a92e5c3d08f416a2b7c95e1840d3f6b5a9c27',
  notBefore: '2026-11-01T00:00:00Z',
  notAfter: '2027-01-30T00:00:00Z',
  daysLeft: 68,
  expired: false,
  marks: [],
  hasPrivateKey: true,
  inUse: true,
  bindings: [BINDING_EXAMPLE],
  createdAt: '2026-11-22T04:36:45Z',
  updatedAt: '2026-11-22T04:36:45Z',
};

export function describeSummary(
  entry: InventorySummary,
  nowMs: number,
): InferOutput<typeof SUMMARY> {
  const nowSeconds = Math.floor(nowMs / 1000);
  return {
    id: entry.id,
    name: entry.name,
    type: entry.type === 1 ? 'server' : 'client',
    origin: entry.origin,
    commonName: entry.commonName,
    dnsNames: [...entry.dnsNames],
    ipAddresses: [...entry.ipAddresses],
    fingerprint: entry.fingerprintHex,
    notBefore: formatDateTime(entry.notBeforeSeconds),
    notAfter: formatDateTime(entry.notAfterSeconds),
    daysLeft: daysLeft(entry.notAfterSeconds, nowSeconds),
    expired: entry.notAfterSeconds < nowSeconds,
    marks: [...entry.marks],
    hasPrivateKey: entry.hasPrivateKey,
    inUse: entry.bindings.length > 0,
    bindings: entry.bindings.map(describeBinding),
    createdAt: formatDateTimeMs(entry.createdAtMs),
    updatedAt: formatDateTimeMs(entry.updatedAtMs),
  };
}

export function describeBinding(binding: Binding): InferOutput<typeof BINDING> {
  return {
    serviceName: binding.serviceName,
    resourceId: binding.resourceId,
    createdAt: formatDateTimeMs(binding.createdAtMs),
    updatedAt: formatDateTimeMs(binding.updatedAtMs),
  };
}
