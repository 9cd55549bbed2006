import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, inject, it } from 'vitest';
import { PROJECT_DIR } from '../../scripts/project.ts';
import { SignetError } from '../../src/errors.ts';
import { ROUTES } from '../../src/http/app.ts';
import { JOB_NAMES } from '../../src/jobs/run-job.ts';
import { writeReference } from '../../tools/openapi/reference.ts';
import { describeSignetApi } from '../../tools/openapi/signet-api.ts';

const document = describeSignetApi();
const described = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

/** `/a/:id` and `/a/{serial}` are the same path. */
function shapeOf(path: string): string {
  return path
    .replaceAll(/:\w+(\{\[[^\]]+\]\+([^}]*)\})?/g, (_, __, end = '') => `{}${end}`)
    .replaceAll('\\', '');
}

describe('the description of the API', () => {
  it('is valid OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone({ ...document }));
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    expect(document.openapi).toMatch(/^3\.1\./);
  });

  it('describes all routes of /api/v1, /healthz, /metrics and the downloads, and no others', () => {
    const routes = ROUTES.filter(({ path }) =>
      /^\/(api\/v1\/|healthz$|metrics$|ca\/|crl\/)/.test(path),
    ).map(({ method, path }) => `${method} ${shapeOf(path)}`);
    const documented = described.map(
      ({ method, path }) => `${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, '{}')}`,
    );
    expect(documented.sort()).toEqual(routes.sort());
    expect(routes.length).toBeGreaterThan(30);
  });

  it('gives every operation a unique id and a summary', () => {
    const ids = described.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { operation } of described) {
      expect(operation.operationId).toMatch(/^[a-z][A-Za-z]+$/);
      expect(operation.summary).toMatch(/^[A-Z].*[^.]$/);
    }
  });

  it('requires an access key by Basic or Bearer for the routes that do', () => {
    expect(document.components.securitySchemes).toMatchObject({
      basic: { type: 'http', scheme: 'basic' },
      bearer: { type: 'http', scheme: 'bearer' },
    });
    for (const { path, operation } of described) {
      const isOfSession =
        path === '/api/v1/sessions/current' || operation.operationId === 'createSession';
      const open =
        (!path.startsWith('/api/v1/') && path !== '/metrics') ||
        path.endsWith('/key-proof') ||
        isOfSession;
      expect(operation.security.map((each) => Object.keys(each))).toEqual(
        open ? [] : [['basic'], ['bearer']],
      );
      expect(Object.keys(operation.responses).includes('401')).toBe(!open || isOfSession);
    }
  });

  it('lists the error codes of every error status', () => {
    for (const { operation } of described) {
      for (const [status, { content, description }] of Object.entries(operation.responses)) {
        if (Number(status) < 400 || content?.['application/json'] !== undefined) continue;
        expect(content).toEqual({
          'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
        });
        expect(description).toMatch(/^`[a-z-]+`: /);
      }
    }
  });

  it('describes cursor and limit of lists, and Idempotency-Key of creations', () => {
    const parametersOf = (id: string) =>
      described
        .find(({ operation }) => operation.operationId === id)
        ?.operation.parameters?.map(({ name }) => name) ?? [];
    for (const id of ['listAccounts', 'listAccessKeys', 'listInventory']) {
      expect(parametersOf(id)).toEqual(expect.arrayContaining(['limit', 'cursor']));
    }
    const creations = described
      .filter(({ operation }) => parametersOf(operation.operationId).includes('Idempotency-Key'))
      .map(({ operation }) => operation.operationId);
    expect(creations).toEqual(
      expect.arrayContaining([
        'issueCertificate',
        'addInventoryEntry',
        'createAccount',
        'createAccessKey',
      ]),
    );
    for (const { method, operation } of described) {
      if (creations.includes(operation.operationId)) expect(method).toBe('post');
    }
  });

  it('has an example for every JSON body', () => {
    for (const { operation } of described) {
      const bodies = [
        operation.requestBody?.content['application/json'],
        ...Object.values(operation.responses).map(({ content }) => content?.['application/json']),
      ].filter((body) => body !== undefined);
      for (const { example, examples } of bodies) {
        expect(example ?? examples, operation.operationId).toBeDefined();
      }
    }
  });

  it('names every job', () => {
    const job = described.find(({ operation }) => operation.operationId === 'runJob');
    const name = job?.operation.parameters?.find((parameter) => parameter.name === 'name');
    const named = [...(name?.description ?? '').matchAll(/`([a-z-]+)`/g)].map(([, text]) => text);
    expect(named.sort()).toEqual([...JOB_NAMES].sort());
  });

  it('has a schema for every reference', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)];
    const known = Object.keys(document.components.schemas).map(
      (name) => `#/components/schemas/${name}`,
    );
    for (const [, reference] of references) expect(known).toContain(reference);
    expect(references.length).toBeGreaterThan(50);
  });
});

describe('docs/api-reference.md', () => {
  it('is what npm run docs:api writes', () => {
    const path = join(PROJECT_DIR, 'docs', 'api-reference.md');
    expect(readFileSync(path, 'utf8')).toBe(writeReference(document));
  });

  it('lists the errors of the operations', () => {
    const reference = writeReference(document);
    for (const code of ['in-use', 'name-taken', 'unauthenticated', 'internal'] as const) {
      const { status, title } = new SignetError(code, '');
      expect(reference).toContain(`| ${status} | \`${code}\` | ${title} |`);
    }
  });
});

describe('the Worker', () => {
  it('does not carry the conversion to JSON Schema', () => {
    const { scriptPath } = inject('bundle');
    const script = readFileSync(scriptPath, 'utf8');
    expect(script).toContain('must be');
    expect(script).not.toContain('json-schema');
  });
});
