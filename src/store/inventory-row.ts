import type {
  Binding,
  CertificateType,
  EntryContent,
  InventoryEntry,
  InventoryOrigin,
  InventorySummary,
} from '../inventory/store.ts';
import { readChain } from './authority-chain.ts';
import { type Row, readInteger, readIntegerOrNull, readText, readTextOrNull } from './row.ts';

/** The values of the columns from `type` to `origin`. */
export function contentValues({
  certificateDer,
  chainDer,
  uploadPublicKeyDer,
  dnsNames,
  ipAddresses,
  marks,
  ...content
}: EntryContent) {
  return {
    ...content,
    certificate: certificateDer.toBase64(),
    chain: JSON.stringify(chainDer.map((der) => der.toBase64())),
    uploadPublicKey: uploadPublicKeyDer?.toBase64() ?? null,
    dnsNames: JSON.stringify(dnsNames),
    ipAddresses: JSON.stringify(ipAddresses),
    marks: JSON.stringify(marks),
  };
}

export function readSummary(row: Row): InventorySummary {
  return {
    id: readText(row, 'id'),
    accountId: readText(row, 'account_id'),
    name: readText(row, 'name'),
    type: readType(row),
    hasPrivateKey: readInteger(row, 'has_private_key') === 1,
    commonName: readText(row, 'common_name'),
    dnsNames: readTexts(row, 'dns_names'),
    ipAddresses: readTexts(row, 'ip_addresses'),
    fingerprintHex: readText(row, 'fingerprint'),
    notBeforeSeconds: readInteger(row, 'not_before_s'),
    notAfterSeconds: readInteger(row, 'not_after_s'),
    marks: readTexts(row, 'marks'),
    origin: readOrigin(row),
    notifiedDays: readIntegerOrNull(row, 'notified_days'),
    createdAtMs: readInteger(row, 'created_at_ms'),
    updatedAtMs: readInteger(row, 'updated_at_ms'),
    bindings: readBindings(row),
  };
}

export function readEntry(row: Row): InventoryEntry {
  return {
    ...readSummary(row),
    certificateDer: Uint8Array.fromBase64(readText(row, 'certificate')),
    chainDer: readChainDer(row),
  };
}

function readChainDer(row: Row): readonly Uint8Array[] {
  const issuer = readTextOrNull(row, 'issuer');
  return issuer === null
    ? readTexts(row, 'chain').map((der) => Uint8Array.fromBase64(der))
    : [Uint8Array.fromBase64(issuer), ...readChain(row).chainDer];
}

/** @param row with a column `bindings`: a JSON array of [service, resource, created, updated] */
export function readBindings(row: Row): readonly Binding[] {
  return readArray(row, 'bindings').map((binding) => {
    const [serviceName, resourceId, createdAtMs, updatedAtMs]: unknown[] = Array.isArray(binding)
      ? binding
      : [];
    return {
      serviceName: String(serviceName),
      resourceId: String(resourceId),
      createdAtMs: Number(createdAtMs),
      updatedAtMs: Number(updatedAtMs),
    };
  });
}

function readType(row: Row): CertificateType {
  const type = readInteger(row, 'type');
  if (type === 1 || type === 2) return type;
  throw new TypeError(`column type holds ${type}`);
}

function readOrigin(row: Row): InventoryOrigin {
  const origin = readText(row, 'origin');
  if (origin === 'upload' || origin === 'issued') return origin;
  throw new TypeError(`column origin holds '${origin}'`);
}

function readTexts(row: Row, column: string): readonly string[] {
  return readArray(row, column).map(String);
}

function readArray(row: Row, column: string): readonly unknown[] {
  const value: unknown = JSON.parse(readText(row, column));
  if (!Array.isArray(value)) throw new TypeError(`column ${column} is not a JSON array`);
  return value;
}
