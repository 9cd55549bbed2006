import { parseScopes } from '../../access/scopes.ts';
import type { AccessKey, AccessKeyChanges } from '../../access/store.ts';
import type { AuthorizedCall } from '../call.ts';
import { decodeJsonObject, readOptionalText, refuseUnknownFields } from '../json.ts';
import { readBody } from '../middleware/read-body.ts';
import { nextCursor, readPageRequest } from './cursor.ts';
import { formatDateTime } from './date-time.ts';
import {
  readField,
  readNullableDateTime,
  readOptionalFlag,
  readText,
  requireChanges,
} from './read-fields.ts';

const LIST = 'access-keys';
const CHANGEABLE = ['name', 'scopes', 'enabled', 'expiresAt'];

/** POST /api/v1/access-keys: `name`, `scopes`, and optionally `accountId` and `expiresAt`. */
export async function createAccessKey(call: AuthorizedCall): Promise<Response> {
  const object = decodeJsonObject(await readBody(call.request));
  refuseUnknownFields(object, ['accountId', 'name', 'scopes', 'expiresAt']);
  const { accessKey, secret } = await call.services.accessKeys.create(
    call.principal,
    {
      accountId: readOptionalText(object, 'accountId'),
      name: readText(object, 'name'),
      scopes: parseScopes(readField(object, 'scopes')),
      expiresAtSeconds: readNullableDateTime(object, 'expiresAt') ?? null,
    },
    call.context,
  );
  call.note(`created ${accessKey.id}`);
  const headers = { Location: `/api/v1/access-keys/${accessKey.id}` };
  return Response.json({ ...describe(accessKey), secret }, { status: 201, headers });
}

/** GET /api/v1/access-keys?accountId=&limit=&cursor= */
export async function listAccessKeys(call: AuthorizedCall): Promise<Response> {
  const accountId = call.url.searchParams.get('accountId');
  const page = await call.services.accessKeys.list(
    call.principal,
    accountId,
    readPageRequest(call.url, LIST),
  );
  call.note(`listed ${page.items.length} access keys`);
  return Response.json({ accessKeys: page.items.map(describe), next: nextCursor(page, LIST) });
}

/** GET /api/v1/access-keys/{id} */
export async function getAccessKey(call: AuthorizedCall): Promise<Response> {
  const accessKey = await call.services.accessKeys.find(call.principal, call.params.id ?? '');
  call.note(`found ${accessKey.id}`);
  return Response.json(describe(accessKey));
}

/** PATCH /api/v1/access-keys/{id}: what is left out stays as it is. */
export async function updateAccessKey(call: AuthorizedCall): Promise<Response> {
  const object = decodeJsonObject(await readBody(call.request));
  refuseUnknownFields(object, CHANGEABLE);
  const scopes = readField(object, 'scopes');
  const enabled = readOptionalFlag(object, 'enabled');
  const expiresAtSeconds = readNullableDateTime(object, 'expiresAt');
  const changes: AccessKeyChanges = {
    ...(readField(object, 'name') === undefined ? {} : { name: readText(object, 'name') }),
    ...(scopes === undefined ? {} : { scopes: parseScopes(scopes) }),
    ...(enabled === undefined ? {} : { enabled }),
    ...(expiresAtSeconds === undefined ? {} : { expiresAtSeconds }),
  };
  requireChanges(changes, CHANGEABLE);
  const id = call.params.id ?? '';
  const updated = await call.services.accessKeys.update(call.principal, id, changes, call.context);
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

function describe(accessKey: AccessKey): object {
  return {
    id: accessKey.id,
    accountId: accessKey.accountId,
    name: accessKey.name,
    scopes: accessKey.scopes,
    enabled: accessKey.enabled,
    expiresAt: formatOrNull(accessKey.expiresAtSeconds),
    createdAt: formatDateTime(Math.floor(accessKey.createdAtMs / 1000)),
    lastUsedAt: formatOrNull(accessKey.lastUsedAtSeconds),
  };
}

function formatOrNull(seconds: number | null): string | null {
  return seconds === null ? null : formatDateTime(seconds);
}
