import { daysLeft } from '../../inventory/mark-expiring.ts';
import type { Binding, InventorySummary } from '../../inventory/store.ts';
import type { BindingAnswer, InventorySummaryAnswer } from './answers.ts';
import { formatDateTime, formatDateTimeMs } from './date-time.ts';

export function describeEntry(entry: InventorySummary, nowMs: number): InventorySummaryAnswer {
  const nowSeconds = Math.floor(nowMs / 1000);
  return {
    id: entry.id,
    name: entry.name,
    type: entry.type === 1 ? 'server' : 'client',
    origin: entry.origin,
    commonName: entry.commonName,
    dnsNames: [...entry.dnsNames],
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

export function describeBinding(binding: Binding): BindingAnswer {
  return {
    serviceName: binding.serviceName,
    resourceId: binding.resourceId,
    createdAt: formatDateTimeMs(binding.createdAtMs),
    updatedAt: formatDateTimeMs(binding.updatedAtMs),
  };
}
