import { HonoBase } from 'hono/hono-base';
import { PatternRouter } from 'hono/router/pattern-router';
import {
  createAccessKey,
  deleteAccessKey,
  getAccessKey,
  listAccessKeys,
  updateAccessKey,
} from './api/access-keys.ts';
import {
  createAccount,
  deleteAccount,
  getAccount,
  listAccounts,
  updateAccount,
} from './api/accounts.ts';
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
} from './api/authorities/manage.ts';
import {
  deleteOcspResponder,
  getOcspResponder,
  putOcspResponder,
} from './api/authorities/ocsp-responder.ts';
import { checkHealth } from './api/check-health.ts';
import {
  createExternalCaInstance,
  getExternalCaInstance,
  listExternalCaInstances,
  refundExternalCaInstance,
} from './api/external-ca-instances.ts';
import { getCertificate } from './api/get-certificate.ts';
import { importHistory } from './api/import-history.ts';
import {
  addInventoryEntry,
  deleteInventoryEntry,
  getInventoryEntry,
  getInventoryPrivateKey,
  listInventory,
  MAX_UPLOAD_BYTES,
  renameInventoryEntry,
  replaceInventoryEntry,
} from './api/inventory.ts';
import { deleteBinding, listBindings, putBinding } from './api/inventory-bindings.ts';
import { issueCertificate } from './api/issue-certificate.ts';
import { listAuditEvents } from './api/list-audit-events.ts';
import { problemErrors } from './api/problem.ts';
import { releaseCertificate } from './api/release-certificate.ts';
import { revokeByKey } from './api/revoke-by-key.ts';
import { revokeCertificate } from './api/revoke-certificate.ts';
import { revokeMany } from './api/revoke-many.ts';
import { runJob } from './api/run-job.ts';
import { verifyAudit } from './api/verify-audit.ts';
import { authenticateBce } from './bce/authenticate.ts';
import { createCertificate as createBceCertificate } from './bce/create-certificate.ts';
import { deleteCertificate as deleteBceCertificate } from './bce/delete-certificate.ts';
import { bceErrors } from './bce/errors.ts';
import { getCertificate as getBceCertificate } from './bce/get-certificate.ts';
import { getDetail as getBceDetail } from './bce/get-detail.ts';
import { getRawData as getBceRawData } from './bce/get-raw-data.ts';
import { listCertificates as listBceCertificates } from './bce/list-certificates.ts';
import { listDetails as listBceDetails } from './bce/list-details.ts';
import { updateCertificate as updateBceCertificate } from './bce/update-certificate.ts';
import type { ErrorForm, Exchange, Route, Runtime } from './call.ts';
import { casErrors } from './cas/errors.ts';
import { answerRpc } from './cas/rpc.ts';
import { dispatch } from './dispatch.ts';
import { idempotent } from './middleware/idempotency.ts';
import { formatLogLine } from './middleware/log-request.ts';
import { answerError } from './middleware/map-error.ts';
import { readRequestContext } from './middleware/request-context.ts';
import { setCommonHeaders } from './middleware/set-headers.ts';
import { downloadCaCertificate as downloadDialectCaCertificate } from './openssl-ca/download-ca-certificate.ts';
import { downloadCrl as downloadDialectCrl } from './openssl-ca/download-crl.ts';
import { downloadErrors, revokeErrors, signErrors } from './openssl-ca/errors.ts';
import { revokeCertificate as revokeDialectCertificate } from './openssl-ca/revoke.ts';
import { signCertificate } from './openssl-ca/sign.ts';
import { downloadCaCertificate } from './publish/download-ca-certificate.ts';
import { downloadCaChain } from './publish/download-ca-chain.ts';
import { downloadCrl, downloadPartitionCrl } from './publish/download-crl.ts';
import { downloadCrossCertificates } from './publish/download-cross-certificates.ts';
import { getOcsp, postOcsp } from './publish/ocsp.ts';
import { ocspErrors } from './publish/ocsp-errors.ts';
import type { HttpConfig, Services } from './services.ts';

const bce = { errors: bceErrors, authenticate: authenticateBce };

const hasSharedSecret = (config: HttpConfig) => config.openSslCaSecret !== null;

/** Every route: what is not here is 404; GET stands for HEAD too; `caller` is the scope that it takes. */
// biome-ignore format: one line for each route, to be read as a table
export const ROUTES: readonly Route[] = [
  { method: 'GET', path: '/api/ca/cacert', caller: 'anyone', handle: downloadDialectCaCertificate, errors: downloadErrors },
  { method: 'GET', path: '/api/ca/crl', caller: 'anyone', handle: downloadDialectCrl, errors: downloadErrors },
  { method: 'POST', path: '/api/ca/sign', caller: 'shared secret', handle: signCertificate, errors: signErrors, exists: hasSharedSecret },
  { method: 'DELETE', path: '/api/ca/revoke', caller: 'shared secret', handle: revokeDialectCertificate, errors: revokeErrors, exists: hasSharedSecret },

  { method: 'GET', path: '/ca/:file{[A-Za-z0-9_-]+\\.crt}', caller: 'anyone', handle: downloadCaCertificate, errors: problemErrors },
  { method: 'GET', path: '/ca/:file{[A-Za-z0-9_-]+-cross\\.pem}', caller: 'anyone', handle: downloadCrossCertificates, errors: problemErrors },
  { method: 'GET', path: '/ca/:file{[A-Za-z0-9_-]+\\.pem}', caller: 'anyone', handle: downloadCaChain, errors: problemErrors },
  { method: 'GET', path: '/crl/:file{[A-Za-z0-9_-]+\\.crl}', caller: 'anyone', handle: downloadCrl, errors: problemErrors },
  { method: 'GET', path: '/crl/:authority/:file{[a-z0-9-]+\\.crl}', caller: 'anyone', handle: downloadPartitionCrl, errors: problemErrors },

  { method: 'POST', path: '/ocsp/:authority{[A-Za-z0-9_-]+}', caller: 'anyone', handle: postOcsp, errors: ocspErrors },
  { method: 'GET', path: '/ocsp/:authority{[A-Za-z0-9_-]+}/*', caller: 'anyone', handle: getOcsp, errors: ocspErrors },

  { method: 'POST', path: '/api/v1/certificates', caller: 'certificates:Issue', handle: idempotent(issueCertificate), errors: problemErrors },
  { method: 'GET', path: '/api/v1/certificates/:serial', caller: 'certificates:Read', handle: getCertificate, errors: problemErrors },
  { method: 'POST', path: '/api/v1/certificates/:serial/revoke', caller: 'certificates:Revoke', handle: revokeCertificate, errors: problemErrors },
  { method: 'POST', path: '/api/v1/certificates/:serial/release', caller: 'certificates:Revoke', handle: releaseCertificate, errors: problemErrors },
  { method: 'POST', path: '/api/v1/revocations', caller: 'certificates:Revoke', handle: revokeMany, errors: problemErrors },
  { method: 'POST', path: '/api/v1/revocations/key-proof', caller: 'anyone', handle: revokeByKey, errors: problemErrors },
  { method: 'POST', path: '/api/v1/authorities', caller: 'authorities:Manage', rootOnly: true, handle: idempotent(createAuthority), errors: problemErrors },
  { method: 'GET', path: '/api/v1/authorities', caller: 'authorities:Manage', rootOnly: true, handle: listAuthorities, errors: problemErrors },
  { method: 'POST', path: '/api/v1/authorities/requests', caller: 'authorities:Manage', rootOnly: true, handle: idempotent(requestAuthority), errors: problemErrors },
  { method: 'POST', path: '/api/v1/authorities/import', caller: 'authorities:Manage', rootOnly: true, handle: idempotent(importAuthority), errors: problemErrors },
  { method: 'GET', path: '/api/v1/authorities/:id', caller: 'authorities:Manage', rootOnly: true, handle: getAuthority, errors: problemErrors },
  { method: 'PATCH', path: '/api/v1/authorities/:id', caller: 'authorities:Manage', rootOnly: true, handle: updateAuthority, errors: problemErrors },
  { method: 'POST', path: '/api/v1/authorities/:id/certificate', caller: 'authorities:Manage', rootOnly: true, handle: uploadAuthorityCertificate, errors: problemErrors },
  { method: 'POST', path: '/api/v1/authorities/:id/renew', caller: 'authorities:Manage', rootOnly: true, handle: idempotent(renewAuthority), errors: problemErrors },
  { method: 'POST', path: '/api/v1/authorities/:id/rekey', caller: 'authorities:Manage', rootOnly: true, handle: idempotent(rekeyAuthority), errors: problemErrors },
  { method: 'POST', path: '/api/v1/authorities/:id/disable', caller: 'authorities:Manage', rootOnly: true, handle: disableAuthority, errors: problemErrors },
  { method: 'POST', path: '/api/v1/authorities/:id/enable', caller: 'authorities:Manage', rootOnly: true, handle: enableAuthority, errors: problemErrors },
  { method: 'POST', path: '/api/v1/authorities/:id/revoke', caller: 'authorities:Manage', rootOnly: true, handle: revokeAuthority, errors: problemErrors },
  { method: 'GET', path: '/api/v1/authorities/:id/ocsp-responder', caller: 'authorities:Manage', rootOnly: true, handle: getOcspResponder, errors: problemErrors },
  { method: 'PUT', path: '/api/v1/authorities/:id/ocsp-responder', caller: 'authorities:Manage', rootOnly: true, handle: putOcspResponder, errors: problemErrors },
  { method: 'DELETE', path: '/api/v1/authorities/:id/ocsp-responder', caller: 'authorities:Manage', rootOnly: true, handle: deleteOcspResponder, errors: problemErrors },
  { method: 'POST', path: '/api/v1/authorities/:authority/history', caller: 'authorities:Manage', rootOnly: true, handle: importHistory, errors: problemErrors },
  { method: 'GET', path: '/api/v1/audit', caller: 'accounts:Manage', rootOnly: true, handle: listAuditEvents, errors: problemErrors },
  { method: 'GET', path: '/api/v1/audit/verify', caller: 'accounts:Manage', rootOnly: true, handle: verifyAudit, errors: problemErrors },
  { method: 'POST', path: '/api/v1/jobs/:name', caller: 'authorities:Manage', rootOnly: true, handle: runJob, errors: problemErrors },

  { method: 'POST', path: '/api/v1/accounts', caller: 'accounts:Manage', handle: idempotent(createAccount), errors: problemErrors },
  { method: 'GET', path: '/api/v1/accounts', caller: 'accounts:Manage', handle: listAccounts, errors: problemErrors },
  { method: 'GET', path: '/api/v1/accounts/:id', caller: 'accounts:Manage', handle: getAccount, errors: problemErrors },
  { method: 'PATCH', path: '/api/v1/accounts/:id', caller: 'accounts:Manage', handle: updateAccount, errors: problemErrors },
  { method: 'DELETE', path: '/api/v1/accounts/:id', caller: 'accounts:Manage', handle: deleteAccount, errors: problemErrors },
  { method: 'POST', path: '/api/v1/access-keys', caller: 'accounts:Manage', handle: idempotent(createAccessKey), errors: problemErrors },
  { method: 'GET', path: '/api/v1/access-keys', caller: 'accounts:Manage', handle: listAccessKeys, errors: problemErrors },
  { method: 'GET', path: '/api/v1/access-keys/:id', caller: 'accounts:Manage', handle: getAccessKey, errors: problemErrors },
  { method: 'PATCH', path: '/api/v1/access-keys/:id', caller: 'accounts:Manage', handle: updateAccessKey, errors: problemErrors },
  { method: 'DELETE', path: '/api/v1/access-keys/:id', caller: 'accounts:Manage', handle: deleteAccessKey, errors: problemErrors },

  { method: 'POST', path: '/api/v1/inventory', caller: 'inventory:Write', handle: idempotent(addInventoryEntry, MAX_UPLOAD_BYTES), errors: problemErrors },
  { method: 'GET', path: '/api/v1/inventory', caller: 'inventory:Read', handle: listInventory, errors: problemErrors },
  { method: 'GET', path: '/api/v1/inventory/:id', caller: 'inventory:Read', handle: getInventoryEntry, errors: problemErrors },
  { method: 'PUT', path: '/api/v1/inventory/:id', caller: 'inventory:Write', handle: replaceInventoryEntry, errors: problemErrors },
  { method: 'PATCH', path: '/api/v1/inventory/:id', caller: 'inventory:Write', handle: renameInventoryEntry, errors: problemErrors },
  { method: 'DELETE', path: '/api/v1/inventory/:id', caller: 'inventory:Delete', handle: deleteInventoryEntry, errors: problemErrors },
  { method: 'GET', path: '/api/v1/inventory/:id/private-key', caller: 'inventory:ReadPrivateKey', handle: getInventoryPrivateKey, errors: problemErrors },
  { method: 'GET', path: '/api/v1/inventory/:id/bindings', caller: 'inventory:Read', handle: listBindings, errors: problemErrors },
  { method: 'PUT', path: '/api/v1/inventory/:id/bindings', caller: 'inventory:Write', handle: putBinding, errors: problemErrors },
  { method: 'DELETE', path: '/api/v1/inventory/:id/bindings', caller: 'inventory:Write', handle: deleteBinding, errors: problemErrors },

  { method: 'POST', path: '/api/v1/external-ca-instances', caller: 'authorities:Manage', rootOnly: true, handle: idempotent(createExternalCaInstance), errors: problemErrors },
  { method: 'GET', path: '/api/v1/external-ca-instances', caller: 'certificates:Read', handle: listExternalCaInstances, errors: problemErrors },
  { method: 'GET', path: '/api/v1/external-ca-instances/:id', caller: 'certificates:Read', handle: getExternalCaInstance, errors: problemErrors },
  { method: 'POST', path: '/api/v1/external-ca-instances/:id/refund', caller: 'authorities:Manage', rootOnly: true, handle: refundExternalCaInstance, errors: problemErrors },

  { method: 'POST', path: '/v1/certificate', caller: 'inventory:Write', handle: createBceCertificate, ...bce },
  { method: 'GET', path: '/v1/certificate', caller: 'inventory:Read', handle: listBceCertificates, ...bce },
  { method: 'GET', path: '/v1/certificate/detail', caller: 'inventory:Read', handle: listBceDetails, ...bce },
  { method: 'GET', path: '/v1/certificate/:id{cert-[a-z0-9]+}', caller: 'inventory:Read', handle: getBceCertificate, ...bce },
  { method: 'PUT', path: '/v1/certificate/:id{cert-[a-z0-9]+}', caller: 'inventory:Write', handle: updateBceCertificate, ...bce },
  { method: 'DELETE', path: '/v1/certificate/:id{cert-[a-z0-9]+}', caller: 'inventory:Delete', handle: deleteBceCertificate, ...bce },
  { method: 'GET', path: '/v1/certificate/:id{cert-[a-z0-9]+}/detail', caller: 'inventory:Read', handle: getBceDetail, ...bce },
  { method: 'GET', path: '/v1/certificate/:id{cert-[a-z0-9]+}/rawdata', caller: 'inventory:ReadPrivateKey', handle: getBceRawData, ...bce },

  // Which action it is, and so which scope, is signed in the request: both are checked behind the signature.
  { method: 'GET', path: '/', caller: 'anyone', handle: answerRpc, errors: casErrors },
  { method: 'POST', path: '/', caller: 'anyone', handle: answerRpc, errors: casErrors },

  { method: 'GET', path: '/healthz', caller: 'anyone', handle: checkHealth, errors: problemErrors },
];

export interface AppOptions<Env> {
  /** Called for each request: must be cheap, not fail, and do no work of its own. */
  openServices(env: Env): Services;
  /** Unix ms. */
  readonly clock: () => number;
  /** Takes the one line of each request that was not answered by a copy from the edge. */
  readonly writeLog: (line: string) => void;
}

export interface App<Env> {
  fetch(request: Request, env: Env, runtime: Runtime): Promise<Response>;
}

/** The web side of Signet: context, routes, errors, headers and the log line of every request. */
export function createApp<Env>({ openServices, clock, writeLog }: AppOptions<Env>): App<Env> {
  const router = createRouter();
  return {
    async fetch(request, env, runtime) {
      const startedAtMs = clock();
      const url = new URL(request.url);
      const exchange: Exchange = {
        request,
        services: openServices(env),
        runtime,
        url,
        context: readRequestContext(request),
        route: null,
        errorForm: chooseErrorForm(url.pathname),
        message: 'done',
        level: 'info',
        isCopy: false,
        error: null,
      };
      const response = await router.fetch(request, exchange);
      setCommonHeaders(response.headers, exchange.context.requestId);
      // Where the platform's own cache answers, nobody here is asked either.
      if (!exchange.isCopy) {
        writeLog(formatLogLine(exchange, request, response.status, startedAtMs, clock()));
      }
      return response;
    },
  };
}

/** In whose words an address is refused that no route has. */
function chooseErrorForm(path: string): ErrorForm {
  if (path.startsWith('/api/ca/')) return downloadErrors;
  if (path === '/') return casErrors;
  return path.startsWith('/v1/') ? bceErrors : problemErrors;
}

/**
 * With a small router of Hono's, which was measured to be no slower for this table than TrieRouter.
 * It would let a slash too many at the end of a path pass.
 */
function createRouter(): HonoBase<{ Bindings: Exchange }> {
  const router = new HonoBase<{ Bindings: Exchange }>({ router: new PatternRouter() });
  for (const path of new Set(ROUTES.map((route) => route.path))) {
    const routes = ROUTES.filter((route) => route.path === path);
    const mayEndInSlash = path.endsWith('/') || path.endsWith('*');
    router.all(path, ({ req, env }, next) =>
      mayEndInSlash || !env.url.pathname.endsWith('/')
        ? dispatch(routes, req.raw, req.param(), env)
        : next(),
    );
  }
  router.notFound(({ req, env }) => dispatch([], req.raw, {}, env));
  router.onError((error, context) => answerError(error, context.env));
  return router;
}
