import { exactOptional, strictObject } from 'valibot';
import { parseScopes } from '../../access/scopes.ts';
import type { AccessKey } from '../../access/store.ts';
import type { AuthorizedCall } from '../call.ts';
import { readBody } from '../middleware/read-body.ts';
import type { AccessKeyAnswer, AccessKeysAnswer, NewAccessKeyAnswer } from './answers.ts';
import { nextCursor, readPageRequest } from './cursor.ts';
import { formatDateTimeMs, formatDateTimeOrNull } from './date-time.ts';
import { FLAG, NULLABLE_DATE_TIME, TEXT, TEXTS } from './field-schemas.ts';
import { readChanges, readJson } from './read-json.ts';

const LIST = 'access-keys';

export const ACCESS_KEY_REQUEST = strictObject({
  name: TEXT,
  scopes: TEXTS,
  accountId: exactOptional(TEXT),
  expiresAt: exactOptional(NULLABLE_DATE_TIME, null),
});

export const ACCESS_KEY_CHANGES_REQUEST = strictObject({
  name: exactOptional(TEXT),
  scopes: exactOptional(TEXTS),
  enabled: exactOptional(FLAG),
  expiresAt: exactOptional(NULLABLE_DATE_TIME),
});

/** POST /api/v1/access-keys: the one answer that shows the secret. */
export async function createAccessKey(call: AuthorizedCall): Promise<Response> {
  const request = readJson(ACCESS_KEY_REQUEST, await readBody(call.request));
  const { accessKey, secret } = await call.services.accessKeys.create(
    call.principal,
    {
      accountId: request.accountId ?? null,
      name: request.name,
      scopes: parseScopes(request.scopes),
      expiresAtSeconds: request.expiresAt,
    },
    call.context,
  );
  call.note(`created ${accessKey.id}`);
  const headers = { Location: `/api/v1/access-keys/${accessKey.id}` };
  const answer: NewAccessKeyAnswer = { ...describe(accessKey), secret };
  return Response.json(answer, { status: 201, headers });
}

/** GET /api/v1/access-keys */
export async function listAccessKeys(call: AuthorizedCall): Promise<Response> {
  const accountId = call.url.searchParams.get('accountId');
  const page = await call.services.accessKeys.list(
    call.principal,
    accountId,
    readPageRequest(call.url, LIST),
  );
  call.note(`listed ${page.items.length} access keys`);
  const answer: AccessKeysAnswer = {
    accessKeys: page.items.map(describe),
    next: nextCursor(page, LIST),
  };
  return Response.json(answer);
}

/** GET /api/v1/access-keys/{id} */
export async function getAccessKey(call: AuthorizedCall): Promise<Response> {
  const accessKey = await call.services.accessKeys.find(call.principal, call.params.id ?? '');
  call.note(`found ${accessKey.id}`);
  return Response.json(describe(accessKey));
}

/** PATCH /api/v1/access-keys/{id}: what is left out stays as it is. */
export async function updateAccessKey(call: AuthorizedCall): Promise<Response> {
  const request = readChanges(ACCESS_KEY_CHANGES_REQUEST, await readBody(call.request));
  const { scopes, expiresAt, ...changes } = request;
  const id = call.params.id ?? '';
  const updated = await call.services.accessKeys.update(
    call.principal,
    id,
    {
      ...changes,
      ...(scopes === undefined ? {} : { scopes: parseScopes(scopes) }),
      ...(expiresAt === undefined ? {} : { expiresAtSeconds: expiresAt }),
    },
    call.context,
  );
  call.note(`updated ${updated.id}`);
  return Response.json(describe(updated));
}

/** DELETE /api/v1/access-keys/{id} */
export async function deleteAccessKey(call: AuthorizedCall): Promise<Response> {
  const id = call.params.id ?? '';
  await call.services.accessKeys.remove(call.principal, id, call.context);
  call.note('deleted an access key');
  return new Response(null, { status: 204 });
}

function describe(accessKey: AccessKey): AccessKeyAnswer {
  return {
    id: accessKey.id,
    accountId: accessKey.accountId,
    name: accessKey.name,
    scopes: [...accessKey.scopes],
    enabled: accessKey.enabled,
    expiresAt: formatDateTimeOrNull(accessKey.expiresAtSeconds),
    createdAt: formatDateTimeMs(accessKey.createdAtMs),
    lastUsedAt: formatDateTimeOrNull(accessKey.lastUsedAtSeconds),
  };
}
