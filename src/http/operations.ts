import type { GenericSchema } from 'valibot';
import { ACCESS_KEY_OPERATIONS } from './api/access-keys-operations.ts';
import { ACCOUNT_OPERATIONS } from './api/accounts-operations.ts';
import { ADMINISTRATION_OPERATIONS, AUDIT_OPERATIONS } from './api/administration-operations.ts';
import * as answers from './api/answers.ts';
import {
  AUTHORITIES as AUTHORITIES_ANSWER,
  AUTHORITY as AUTHORITY_ANSWER,
  AUTHORITY_SUMMARY,
} from './api/authorities/answers.ts';
import { OCSP_RESPONDER, OCSP_RESPONDERS } from './api/authorities/ocsp-responder.ts';
import { OCSP_RESPONDER_OPERATIONS } from './api/authorities/ocsp-responder-operations.ts';
import { AUTHORITY_OPERATIONS } from './api/authorities/operations.ts';
import { CERTIFICATE_OPERATIONS } from './api/certificates-operations.ts';
import { EXTERNAL_CA_INSTANCE_OPERATIONS } from './api/external-ca-instances-operations.ts';
import { INVENTORY_OPERATIONS } from './api/inventory-operations.ts';
import { REVOCATION_OPERATIONS } from './api/revocations-operations.ts';
import type { Operation } from './operation.ts';
import { DOWNLOADS } from './publish/downloads.ts';

/** Everything that the description of the API tells; tools/openapi/ makes the document of it. */
export const OPERATIONS: readonly Operation[] = [
  ...CERTIFICATE_OPERATIONS,
  ...REVOCATION_OPERATIONS,
  ...AUTHORITY_OPERATIONS,
  ...OCSP_RESPONDER_OPERATIONS,
  ...INVENTORY_OPERATIONS,
  ...ACCOUNT_OPERATIONS,
  ...ACCESS_KEY_OPERATIONS,
  ...EXTERNAL_CA_INSTANCE_OPERATIONS,
  ...AUDIT_OPERATIONS,
  ...ADMINISTRATION_OPERATIONS,
  ...DOWNLOADS.map(({ path: _, params = {}, ...endpoint }) => ({ ...endpoint, path: params })),
];

/** The schemas that have a name in the document. */
export const NAMED_SCHEMAS = {
  Problem: answers.PROBLEM,
  Health: answers.HEALTH,
  IssuedCertificate: answers.ISSUED_CERTIFICATE,
  Certificate: answers.CERTIFICATE,
  RevokedCertificate: answers.REVOKED_CERTIFICATE,
  ReleasedCertificate: answers.RELEASED_CERTIFICATE,
  RevokedMany: answers.REVOKED_MANY,
  AuthoritySummary: AUTHORITY_SUMMARY,
  Authorities: AUTHORITIES_ANSWER,
  Authority: AUTHORITY_ANSWER,
  OcspResponder: OCSP_RESPONDER,
  OcspResponders: OCSP_RESPONDERS,
  ImportedCounts: answers.IMPORTED_COUNTS,
  AuditEvent: answers.AUDIT_EVENT,
  AuditEvents: answers.AUDIT_EVENTS,
  AuditReport: answers.AUDIT_REPORT,
  JobReport: answers.JOB_REPORT,
  Account: answers.ACCOUNT,
  Accounts: answers.ACCOUNTS,
  AccessKey: answers.ACCESS_KEY,
  AccessKeys: answers.ACCESS_KEYS,
  NewAccessKey: answers.NEW_ACCESS_KEY,
  Binding: answers.BINDING,
  Bindings: answers.BINDINGS,
  InventorySummary: answers.INVENTORY_SUMMARY,
  Inventory: answers.INVENTORY,
  InventoryEntry: answers.INVENTORY_ENTRY,
  NewInventoryEntry: answers.NEW_INVENTORY_ENTRY,
  ExternalCaInstance: answers.EXTERNAL_CA_INSTANCE,
  ExternalCaInstances: answers.EXTERNAL_CA_INSTANCES,
} as const satisfies Readonly<Record<string, GenericSchema>>;
