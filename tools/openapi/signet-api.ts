import packageJson from '../../package.json' with { type: 'json' };
import { ROUTES } from '../../src/http/app.ts';
import type { Endpoint } from '../../src/http/endpoint.ts';
import type { Route } from '../../src/http/route.ts';
import { describeApi } from './describe-api.ts';
import type { ApiDocument } from './document.ts';

/** The dialects of others are described by their vendors. */
export const ENDPOINTS: readonly Endpoint[] = ROUTES.filter(isEndpoint);

function isEndpoint(route: Route): route is Endpoint {
  return 'summary' in route;
}

/** The description of this version. */
export function describeSignetApi(): ApiDocument {
  return describeApi(ENDPOINTS, packageJson.version);
}
