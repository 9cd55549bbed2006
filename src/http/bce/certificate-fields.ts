import { encodePem } from '../../asn1/pem.ts';
import type { InventoryEntry, InventorySummary } from '../../inventory/store.ts';

/** The fields of a certificate in lists and by itself. */
export function describeCertificate(entry: InventorySummary) {
  return {
    certId: entry.id,
    certName: entry.name,
    certCommonName: entry.commonName,
    certFingerprint: entry.fingerprintHex,
    certStartTime: formatTime(entry.notBeforeSeconds * 1000),
    certStopTime: formatTime(entry.notAfterSeconds * 1000),
    certCreateTime: formatTime(entry.createdAtMs),
    certUpdateTime: formatTime(entry.updatedAtMs),
    certType: entry.type,
  };
}

/** The same with its DNS names and the resources that use it. */
export function describeInDetail(entry: InventorySummary, nowMs: number) {
  return {
    ...describeCertificate(entry),
    certDNSNames: entry.dnsNames.join(','),
    status: entry.bindings.length > 0 ? 'IN_USE' : 'UNUSED',
    expired: entry.notAfterSeconds < Math.floor(nowMs / 1000),
    resources: entry.bindings.map((binding) => ({
      serviceName: binding.serviceName,
      resourceId: binding.resourceId,
      createTime: formatTime(binding.createdAtMs),
      updateTime: formatTime(binding.updatedAtMs),
    })),
  };
}

/** The upload with its private key. Missing parts are empty strings. */
export function describeRawData(entry: InventoryEntry, privateKeyPem: string | null) {
  return {
    certId: entry.id,
    certName: entry.name,
    certServerData: encodePem('CERTIFICATE', entry.certificateDer),
    certPrivateKey: privateKeyPem ?? '',
    certLinkData: entry.chainDer.map((der) => encodePem('CERTIFICATE', der)).join(''),
    certType: entry.type,
  };
}

/** yyyy-MM-ddTHH:mm:ssZ: the vendor's clients do not parse fractions of a second. */
function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
