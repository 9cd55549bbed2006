import packageJson from '../../package.json' with { type: 'json' };
import { ROUTES } from '../../src/http/app.ts';
import { NAMED_SCHEMAS, OPERATIONS } from '../../src/http/operations.ts';
import type { Route } from '../../src/http/route.ts';
import { type ApiSources, describeApi } from './describe-api.ts';
import type { ApiDocument } from './document.ts';

/** Everything of our own; dialects are described by those who invented them. */
function isDescribed({ path }: Route): boolean {
  return /^\/(api\/v1|ca|crl|healthz)(\/|$)/.test(path);
}

export const API_SOURCES: ApiSources = {
  routes: ROUTES.filter(isDescribed),
  operations: OPERATIONS,
  schemas: NAMED_SCHEMAS,
  version: packageJson.version,
};

/** The description of this very version. */
export function describeSignetApi(): ApiDocument {
  return describeApi(API_SOURCES);
}
