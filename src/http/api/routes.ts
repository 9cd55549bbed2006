import { takeAuthorizedCall, takeCall } from '../call.ts';
import { problemErrors } from '../problem.ts';
import type { Dialect } from '../route.ts';
import {
  createAccessKey,
  deleteAccessKey,
  getAccessKey,
  listAccessKeys,
  updateAccessKey,
} from './access-keys.ts';
import {
  createAccount,
  deleteAccount,
  getAccount,
  listAccounts,
  updateAccount,
} from './accounts.ts';
import { authenticateAccessKey } from './authenticate.ts';
import {
  createAuthority,
  disableAuthority,
  enableAuthority,
  getAuthority,
  importAuthority,
  listAuthorities,
  rekeyAuthority,
  renewAuthority,
  requestAuthority,
  revokeAuthority,
  updateAuthority,
  uploadAuthorityCertificate,
} from './authorities/manage.ts';
import {
  deleteOcspResponder,
  getOcspResponder,
  putOcspResponder,
} from './authorities/ocsp-responder.ts';
import { checkHealth } from './check-health.ts';
import {
  createExternalCaInstance,
  getExternalCaInstance,
  listExternalCaInstances,
  refundExternalCaInstance,
} from './external-ca-instances.ts';
import { getCertificate } from './get-certificate.ts';
import { importHistory } from './import-history.ts';
import {
  addInventoryEntry,
  deleteInventoryEntry,
  getInventoryEntry,
  getInventoryPrivateKey,
  listInventory,
  MAX_UPLOAD_BYTES,
  renameInventoryEntry,
  replaceInventoryEntry,
} from './inventory.ts';
import { deleteBinding, listBindings, putBinding } from './inventory-bindings.ts';
import { issueCertificate } from './issue-certificate.ts';
import { listAuditEvents } from './list-audit-events.ts';
import { releaseCertificate } from './release-certificate.ts';
import { revokeByKey } from './revoke-by-key.ts';
import { revokeCertificate } from './revoke-certificate.ts';
import { revokeMany } from './revoke-many.ts';
import { runJob } from './run-job.ts';
import { verifyAudit } from './verify-audit.ts';

// biome-ignore format: one line for each route, to be read as a table
export const API: Dialect = {
  errorForm: problemErrors,
  ownsAddress: () => false,
  authenticate: authenticateAccessKey,
  routes: [
    { method: 'POST', path: '/api/v1/certificates', caller: 'certificates:Issue', handle: takeAuthorizedCall(issueCertificate), idempotent: true },
    { method: 'GET', path: '/api/v1/certificates/:serial', caller: 'certificates:Read', handle: takeAuthorizedCall(getCertificate) },
    { method: 'POST', path: '/api/v1/certificates/:serial/revoke', caller: 'certificates:Revoke', handle: takeAuthorizedCall(revokeCertificate) },
    { method: 'POST', path: '/api/v1/certificates/:serial/release', caller: 'certificates:Revoke', handle: takeAuthorizedCall(releaseCertificate) },
    { method: 'POST', path: '/api/v1/revocations', caller: 'certificates:Revoke', handle: takeAuthorizedCall(revokeMany) },
    { method: 'POST', path: '/api/v1/revocations/key-proof', caller: 'anyone', handle: takeCall(revokeByKey) },
    { method: 'POST', path: '/api/v1/authorities', caller: 'authorities:Manage', rootOnly: true, handle: takeAuthorizedCall(createAuthority), idempotent: true },
    { method: 'GET', path: '/api/v1/authorities', caller: 'authorities:Manage', rootOnly: true, handle: takeAuthorizedCall(listAuthorities) },
    { method: 'POST', path: '/api/v1/authorities/requests', caller: 'authorities:Manage', rootOnly: true, handle: takeAuthorizedCall(requestAuthority), idempotent: true },
    { method: 'POST', path: '/api/v1/authorities/import', caller: 'authorities:Manage', rootOnly: true, handle: takeAuthorizedCall(importAuthority), idempotent: true },
    { method: 'GET', path: '/api/v1/authorities/:id', caller: 'authorities:Manage', rootOnly: true, handle: takeAuthorizedCall(getAuthority) },
    { method: 'PATCH', path: '/api/v1/authorities/:id', caller: 'authorities:Manage', rootOnly: true, handle: takeAuthorizedCall(updateAuthority) },
    { method: 'POST', path: '/api/v1/authorities/:id/certificate', caller: 'authorities:Manage', rootOnly: true, handle: takeAuthorizedCall(uploadAuthorityCertificate) },
    { method: 'POST', path: '/api/v1/authorities/:id/renew', caller: 'authorities:Manage', rootOnly: true, handle: takeAuthorizedCall(renewAuthority), idempotent: true },
    { method: 'POST', path: '/api/v1/authorities/:id/rekey', caller: 'authorities:Manage', rootOnly: true, handle: takeAuthorizedCall(rekeyAuthority), idempotent: true },
    { method: 'POST', path: '/api/v1/authorities/:id/disable', caller: 'authorities:Manage', rootOnly: true, handle: takeAuthorizedCall(disableAuthority) },
    { method: 'POST', path: '/api/v1/authorities/:id/enable', caller: 'authorities:Manage', rootOnly: true, handle: takeAuthorizedCall(enableAuthority) },
    { method: 'POST', path: '/api/v1/authorities/:id/revoke', caller: 'authorities:Manage', rootOnly: true, handle: takeAuthorizedCall(revokeAuthority) },
    { method: 'GET', path: '/api/v1/authorities/:id/ocsp-responder', caller: 'authorities:Manage', rootOnly: true, handle: takeAuthorizedCall(getOcspResponder) },
    { method: 'PUT', path: '/api/v1/authorities/:id/ocsp-responder', caller: 'authorities:Manage', rootOnly: true, handle: takeAuthorizedCall(putOcspResponder) },
    { method: 'DELETE', path: '/api/v1/authorities/:id/ocsp-responder', caller: 'authorities:Manage', rootOnly: true, handle: takeAuthorizedCall(deleteOcspResponder) },
    { method: 'POST', path: '/api/v1/authorities/:authority/history', caller: 'authorities:Manage', rootOnly: true, handle: takeAuthorizedCall(importHistory) },
    { method: 'GET', path: '/api/v1/audit', caller: 'accounts:Manage', rootOnly: true, handle: takeAuthorizedCall(listAuditEvents) },
    { method: 'GET', path: '/api/v1/audit/verify', caller: 'accounts:Manage', rootOnly: true, handle: takeAuthorizedCall(verifyAudit) },
    { method: 'POST', path: '/api/v1/jobs/:name', caller: 'authorities:Manage', rootOnly: true, handle: takeAuthorizedCall(runJob) },
    { method: 'POST', path: '/api/v1/accounts', caller: 'accounts:Manage', handle: takeAuthorizedCall(createAccount), idempotent: true },
    { method: 'GET', path: '/api/v1/accounts', caller: 'accounts:Manage', handle: takeAuthorizedCall(listAccounts) },
    { method: 'GET', path: '/api/v1/accounts/:id', caller: 'accounts:Manage', handle: takeAuthorizedCall(getAccount) },
    { method: 'PATCH', path: '/api/v1/accounts/:id', caller: 'accounts:Manage', handle: takeAuthorizedCall(updateAccount) },
    { method: 'DELETE', path: '/api/v1/accounts/:id', caller: 'accounts:Manage', handle: takeAuthorizedCall(deleteAccount) },
    { method: 'POST', path: '/api/v1/access-keys', caller: 'accounts:Manage', handle: takeAuthorizedCall(createAccessKey), idempotent: true },
    { method: 'GET', path: '/api/v1/access-keys', caller: 'accounts:Manage', handle: takeAuthorizedCall(listAccessKeys) },
    { method: 'GET', path: '/api/v1/access-keys/:id', caller: 'accounts:Manage', handle: takeAuthorizedCall(getAccessKey) },
    { method: 'PATCH', path: '/api/v1/access-keys/:id', caller: 'accounts:Manage', handle: takeAuthorizedCall(updateAccessKey) },
    { method: 'DELETE', path: '/api/v1/access-keys/:id', caller: 'accounts:Manage', handle: takeAuthorizedCall(deleteAccessKey) },
    { method: 'POST', path: '/api/v1/inventory', caller: 'inventory:Write', handle: takeAuthorizedCall(addInventoryEntry), idempotent: true, maxBodyBytes: MAX_UPLOAD_BYTES },
    { method: 'GET', path: '/api/v1/inventory', caller: 'inventory:Read', handle: takeAuthorizedCall(listInventory) },
    { method: 'GET', path: '/api/v1/inventory/:id', caller: 'inventory:Read', handle: takeAuthorizedCall(getInventoryEntry) },
    { method: 'PUT', path: '/api/v1/inventory/:id', caller: 'inventory:Write', handle: takeAuthorizedCall(replaceInventoryEntry) },
    { method: 'PATCH', path: '/api/v1/inventory/:id', caller: 'inventory:Write', handle: takeAuthorizedCall(renameInventoryEntry) },
    { method: 'DELETE', path: '/api/v1/inventory/:id', caller: 'inventory:Delete', handle: takeAuthorizedCall(deleteInventoryEntry) },
    { method: 'GET', path: '/api/v1/inventory/:id/private-key', caller: 'inventory:ReadPrivateKey', handle: takeAuthorizedCall(getInventoryPrivateKey) },
    { method: 'GET', path: '/api/v1/inventory/:id/bindings', caller: 'inventory:Read', handle: takeAuthorizedCall(listBindings) },
    { method: 'PUT', path: '/api/v1/inventory/:id/bindings', caller: 'inventory:Write', handle: takeAuthorizedCall(putBinding) },
    { method: 'DELETE', path: '/api/v1/inventory/:id/bindings', caller: 'inventory:Write', handle: takeAuthorizedCall(deleteBinding) },
    { method: 'POST', path: '/api/v1/external-ca-instances', caller: 'authorities:Manage', rootOnly: true, handle: takeAuthorizedCall(createExternalCaInstance), idempotent: true },
    { method: 'GET', path: '/api/v1/external-ca-instances', caller: 'certificates:Read', handle: takeAuthorizedCall(listExternalCaInstances) },
    { method: 'GET', path: '/api/v1/external-ca-instances/:id', caller: 'certificates:Read', handle: takeAuthorizedCall(getExternalCaInstance) },
    { method: 'POST', path: '/api/v1/external-ca-instances/:id/refund', caller: 'authorities:Manage', rootOnly: true, handle: takeAuthorizedCall(refundExternalCaInstance) },
    { method: 'GET', path: '/healthz', caller: 'anyone', handle: takeCall(checkHealth) },
  ],
};
