import type { Account, AccountChanges } from '../../access/store.ts';
import type { AuthorizedCall } from '../call.ts';
import { decodeJsonObject, type JsonObject, refuseUnknownFields } from '../json.ts';
import { readBody } from '../middleware/read-body.ts';
import { nextCursor, readPageRequest } from './cursor.ts';
import { formatDateTime } from './date-time.ts';
import { readField, readNullableNumber, readText, requireChanges } from './read-fields.ts';

const LIST = 'accounts';
const FIELDS = ['name', 'inventoryQuota'];

/** POST /api/v1/accounts: `name`, and `inventoryQuota` where it is not to be the default. */
export async function createAccount(call: AuthorizedCall): Promise<Response> {
  const object = await readAccount(call);
  const inventoryQuota = readNullableNumber(object, 'inventoryQuota') ?? null;
  const account = await call.services.accounts.create(
    call.principal,
    { name: readText(object, 'name'), inventoryQuota },
    call.context,
  );
  call.note(`created ${account.id}`);
  const headers = { Location: `/api/v1/accounts/${account.id}` };
  return Response.json(describe(account), { status: 201, headers });
}

/** GET /api/v1/accounts?limit=&cursor= */
export async function listAccounts(call: AuthorizedCall): Promise<Response> {
  const page = await call.services.accounts.list(call.principal, readPageRequest(call.url, LIST));
  call.note(`listed ${page.items.length} accounts`);
  return Response.json({ accounts: page.items.map(describe), next: nextCursor(page, LIST) });
}

/** GET /api/v1/accounts/{id} */
export async function getAccount(call: AuthorizedCall): Promise<Response> {
  const account = await call.services.accounts.find(call.principal, call.params.id ?? '');
  call.note(`found ${account.id}`);
  return Response.json(describe(account));
}

/** PATCH /api/v1/accounts/{id}: what is left out stays as it is. */
export async function updateAccount(call: AuthorizedCall): Promise<Response> {
  const object = await readAccount(call);
  const inventoryQuota = readNullableNumber(object, 'inventoryQuota');
  const changes: AccountChanges = {
    ...(readField(object, 'name') === undefined ? {} : { name: readText(object, 'name') }),
    ...(inventoryQuota === undefined ? {} : { inventoryQuota }),
  };
  requireChanges(changes, FIELDS);
  const id = call.params.id ?? '';
  const account = await call.services.accounts.update(call.principal, id, changes, call.context);
  call.note(`updated ${account.id}`);
  return Response.json(describe(account));
}

/** DELETE /api/v1/accounts/{id}: an empty one alone. */
export async function deleteAccount(call: AuthorizedCall): Promise<Response> {
  const id = call.params.id ?? '';
  await call.services.accounts.remove(call.principal, id, call.context);
  call.note('deleted an account');
  return new Response(null, { status: 204 });
}

async function readAccount(call: AuthorizedCall): Promise<JsonObject> {
  const object = decodeJsonObject(await readBody(call.request));
  refuseUnknownFields(object, FIELDS);
  return object;
}

function describe(account: Account): object {
  return {
    id: account.id,
    name: account.name,
    inventoryQuota: account.inventoryQuota,
    createdAt: formatDateTime(Math.floor(account.createdAtMs / 1000)),
  };
}
