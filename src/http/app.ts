import { Hono } from 'hono';
import { SignetError } from '../errors.ts';
import { checkHealth } from './api/check-health.ts';
import { getCertificate } from './api/get-certificate.ts';
import { importHistory } from './api/import-history.ts';
import { issueCertificate } from './api/issue-certificate.ts';
import { listAuditEvents } from './api/list-audit-events.ts';
import { problemErrors } from './api/problem.ts';
import { revokeCertificate } from './api/revoke-certificate.ts';
import { runJob } from './api/run-job.ts';
import { verifyAudit } from './api/verify-audit.ts';
import type { Exchange, Route, Runtime } from './call.ts';
import { dispatch } from './dispatch.ts';
import { checkTransport } from './middleware/check-transport.ts';
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
import { downloadCrl } from './publish/download-crl.ts';
import type { HttpConfig, Services } from './services.ts';

const hasSharedSecret = (config: HttpConfig) => config.openSslCaSecret !== null;

/** Every route: what is not here is 404; GET stands for HEAD too; `caller` is who may call. */
// biome-ignore format: one line for each route, to be read as a table
export const ROUTES: readonly Route[] = [
  { method: 'GET', path: '/api/ca/cacert', caller: 'anyone', handle: downloadDialectCaCertificate, errors: downloadErrors },
  { method: 'GET', path: '/api/ca/crl', caller: 'anyone', handle: downloadDialectCrl, errors: downloadErrors },
  { method: 'POST', path: '/api/ca/sign', caller: 'shared secret', handle: signCertificate, errors: signErrors, exists: hasSharedSecret },
  { method: 'DELETE', path: '/api/ca/revoke', caller: 'shared secret', handle: revokeDialectCertificate, errors: revokeErrors, exists: hasSharedSecret },

  { method: 'GET', path: '/ca/:file{[A-Za-z0-9_-]+\\.crt}', caller: 'anyone', handle: downloadCaCertificate, errors: problemErrors },
  { method: 'GET', path: '/ca/:file{[A-Za-z0-9_-]+\\.pem}', caller: 'anyone', handle: downloadCaChain, errors: problemErrors },
  { method: 'GET', path: '/crl/:file{[A-Za-z0-9_-]+\\.crl}', caller: 'anyone', handle: downloadCrl, errors: problemErrors },

  { method: 'POST', path: '/api/v1/certificates', caller: 'certificates:Issue', handle: issueCertificate, errors: problemErrors },
  { method: 'GET', path: '/api/v1/certificates/:serial', caller: 'certificates:Read', handle: getCertificate, errors: problemErrors },
  { method: 'POST', path: '/api/v1/certificates/:serial/revoke', caller: 'certificates:Revoke', handle: revokeCertificate, errors: problemErrors },
  { method: 'POST', path: '/api/v1/authorities/:authority/history', caller: 'authorities:Manage', handle: importHistory, errors: problemErrors },
  { method: 'GET', path: '/api/v1/audit', caller: 'accounts:Manage', handle: listAuditEvents, errors: problemErrors },
  { method: 'GET', path: '/api/v1/audit/verify', caller: 'accounts:Manage', handle: verifyAudit, errors: problemErrors },
  { method: 'POST', path: '/api/v1/jobs/:name', caller: 'authorities:Manage', handle: runJob, errors: problemErrors },
  { method: 'GET', path: '/healthz', caller: 'anyone', handle: checkHealth, errors: problemErrors },
];

export interface AppOptions<Env> {
  /** Called for each request: must be cheap, not fail, and do no work of its own. */
  openServices(env: Env): Services;
  /** Unix ms. */
  readonly clock: () => number;
  /** Takes the one line that each request writes. */
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
        services: openServices(env),
        runtime,
        url,
        context: readRequestContext(request),
        route: null,
        errorForm: url.pathname.startsWith('/api/ca/') ? downloadErrors : problemErrors,
        message: 'done',
        level: 'info',
        error: null,
      };
      const response = await router.fetch(request, exchange);
      setCommonHeaders(response.headers, exchange.context.requestId);
      writeLog(formatLogLine(exchange, request, response.status, startedAtMs, clock()));
      return response;
    },
  };
}

function createRouter(): Hono<{ Bindings: Exchange }> {
  const router = new Hono<{ Bindings: Exchange }>();
  router.use(async (context, next) => {
    const { raw } = context.req;
    if (raw.headers.has('Authorization')) {
      checkTransport(raw, context.env.url, context.env.services.config.allowHttpApi);
    }
    await next();
  });
  for (const path of new Set(ROUTES.map((route) => route.path))) {
    const routes = ROUTES.filter((route) => route.path === path);
    router.all(path, (context) =>
      dispatch(routes, context.req.raw, context.req.param(), context.env),
    );
  }
  router.notFound((context) =>
    answerError(new SignetError('not-found', 'There is nothing at this address.'), context.env),
  );
  router.onError((error, context) => answerError(error, context.env));
  return router;
}
