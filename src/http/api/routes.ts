import { authenticateSecret } from '../../access/authenticate.ts';
import type { Endpoint } from '../endpoint.ts';
import { problemErrors } from '../problem.ts';
import type { Dialect } from '../route.ts';
import { ACCESS_KEY_ENDPOINTS } from './accounts/access-keys.ts';
import { ACCOUNT_ENDPOINTS } from './accounts/accounts.ts';
import { ACME_ACCOUNT_ENDPOINTS } from './acme/acme-accounts.ts';
import { EAB_KEY_ENDPOINTS } from './acme/eab-keys.ts';
import { AUDIT_ENDPOINTS } from './admin/audit.ts';
import { AUDIT_CHECKPOINT_ENDPOINTS } from './admin/audit-checkpoints.ts';
import { IMPORT_ENDPOINTS } from './admin/import-history.ts';
import { HEALTH_ENDPOINTS, JOB_ENDPOINTS } from './admin/jobs-and-health.ts';
import { METRICS_ENDPOINTS } from './admin/metrics.ts';
import { CHANGE_AUTHORITY_ENDPOINTS } from './authorities/change-authority.ts';
import { CREATE_AUTHORITY_ENDPOINTS } from './authorities/create-authority.ts';
import { OCSP_RESPONDER_ENDPOINTS } from './authorities/ocsp-responder.ts';
import { READ_AUTHORITY_ENDPOINTS } from './authorities/read-authorities.ts';
import { RENEW_AUTHORITY_ENDPOINTS } from './authorities/renew-authority.ts';
import { READ_CERTIFICATE_ENDPOINTS } from './certificates/get-certificate.ts';
import { ISSUE_ENDPOINTS } from './certificates/issue-certificate.ts';
import { PROFILE_ENDPOINTS } from './certificates/list-profiles.ts';

import { PREVIEW_ENDPOINTS } from './certificates/preview-certificate.ts';

import { KEY_PROOF_ENDPOINTS } from './certificates/revoke-by-key.ts';
import { REVOCATION_ENDPOINTS } from './certificates/revoke-certificate.ts';
import { MANY_REVOCATIONS_ENDPOINTS } from './certificates/revoke-many.ts';
import { SEARCH_ENDPOINTS } from './certificates/search-certificates.ts';
import { EXTERNAL_CA_ENDPOINTS } from './external-cas/instances.ts';
import { BINDING_ENDPOINTS } from './inventory/bindings.ts';
import { ENTRY_ENDPOINTS } from './inventory/manage-entries.ts';
import { UPLOAD_ENDPOINTS } from './inventory/uploads.ts';
import { EVALUATION_ENDPOINTS } from './policies/evaluate-policy.ts';
import { POLICY_ENDPOINTS } from './policies/policies.ts';
import { hasSessionCookie, openSession } from './sessions/session-cookie.ts';
import { SESSION_ENDPOINTS } from './sessions/sessions.ts';
import { DELIVERY_ENDPOINTS } from './webhooks/deliveries.ts';
import { WEBHOOK_ENDPOINTS } from './webhooks/webhooks.ts';

/** Hono tries routes in this order: a fixed path comes before one with a parameter in its place. */
const ENDPOINTS: readonly Endpoint[] = [
  ...ISSUE_ENDPOINTS,
  ...PREVIEW_ENDPOINTS,
  ...SEARCH_ENDPOINTS,
  ...PROFILE_ENDPOINTS,
  ...READ_CERTIFICATE_ENDPOINTS,
  ...REVOCATION_ENDPOINTS,
  ...MANY_REVOCATIONS_ENDPOINTS,
  ...KEY_PROOF_ENDPOINTS,
  ...CREATE_AUTHORITY_ENDPOINTS,
  ...READ_AUTHORITY_ENDPOINTS,
  ...CHANGE_AUTHORITY_ENDPOINTS,
  ...RENEW_AUTHORITY_ENDPOINTS,
  ...OCSP_RESPONDER_ENDPOINTS,
  ...IMPORT_ENDPOINTS,
  ...AUDIT_ENDPOINTS,
  ...AUDIT_CHECKPOINT_ENDPOINTS,
  ...JOB_ENDPOINTS,
  ...ACCOUNT_ENDPOINTS,
  ...ACCESS_KEY_ENDPOINTS,
  ...SESSION_ENDPOINTS,
  ...POLICY_ENDPOINTS,
  ...EVALUATION_ENDPOINTS,
  ...EAB_KEY_ENDPOINTS,
  ...ACME_ACCOUNT_ENDPOINTS,
  ...UPLOAD_ENDPOINTS,
  ...ENTRY_ENDPOINTS,
  ...BINDING_ENDPOINTS,
  ...EXTERNAL_CA_ENDPOINTS,
  ...METRICS_ENDPOINTS,
  ...WEBHOOK_ENDPOINTS,
  ...DELIVERY_ENDPOINTS,
  ...HEALTH_ENDPOINTS,
];

/**
 * The API of Signet itself. It takes an access key with its secret, by HTTP Basic or as a Bearer token,
 * or the cookie of a browser's session. With both, the Authorization header counts.
 */
export const API: Dialect = {
  errorForm: problemErrors,
  ownsAddress: () => false,
  authenticate: async (c) => {
    const authorization = c.req.raw.headers.get('Authorization');
    if (authorization === null && hasSessionCookie(c.req.raw)) {
      return (await openSession(c)).identity;
    }
    return authenticateSecret(authorization, c.get('services').accessKeySecrets);
  },
  jsonEndsWithNewline: true,
  routes: ENDPOINTS,
};
