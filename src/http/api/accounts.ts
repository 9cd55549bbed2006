import { exactOptional, strictObject } from 'valibot';
import type { Account } from '../../access/store.ts';
import type { AuthorizedCall } from '../call.ts';
import { readBody } from '../middleware/read-body.ts';
import type { AccountAnswer, AccountsAnswer } from './answers.ts';
import { nextCursor, readPageRequest } from './cursor.ts';
import { formatDateTimeMs } from './date-time.ts';
import { NULLABLE_NUMBER, TEXT } from './field-schemas.ts';
import { readChanges, readJson } from './read-json.ts';

const LIST = 'accounts';

export const ACCOUNT_REQUEST = strictObject({
  name: TEXT,
  inventoryQuota: exactOptional(NULLABLE_NUMBER, null),
});

export const ACCOUNT_CHANGES_REQUEST = strictObject({
  name: exactOptional(TEXT),
  inventoryQuota: exactOptional(NULLABLE_NUMBER),
});

/** POST /api/v1/accounts */
export async function createAccount(call: AuthorizedCall): Promise<Response> {
  const request = readJson(ACCOUNT_REQUEST, await readBody(call.request));
  const account = await call.services.accounts.create(call.principal, request, call.context);
  call.note(`created ${account.id}`);
  const headers = { Location: `/api/v1/accounts/${account.id}` };
  return Response.json(describe(account), { status: 201, headers });
}

/** GET /api/v1/accounts */
export async function listAccounts(call: AuthorizedCall): Promise<Response> {
  const page = await call.services.accounts.list(call.principal, readPageRequest(call.url, LIST));
  call.note(`listed ${page.items.length} accounts`);
  const answer: AccountsAnswer = {
    accounts: page.items.map(describe),
    next: nextCursor(page, LIST),
  };
  return Response.json(answer);
}

/** GET /api/v1/accounts/{id} */
export async function getAccount(call: AuthorizedCall): Promise<Response> {
  const account = await call.services.accounts.find(call.principal, call.params.id ?? '');
  call.note(`found ${account.id}`);
  return Response.json(describe(account));
}

/** PATCH /api/v1/accounts/{id}: what is left out stays as it is. */
export async function updateAccount(call: AuthorizedCall): Promise<Response> {
  const changes = readChanges(ACCOUNT_CHANGES_REQUEST, await readBody(call.request));
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

function describe({ id, name, inventoryQuota, createdAtMs }: Account): AccountAnswer {
  return { id, name, inventoryQuota, createdAt: formatDateTimeMs(createdAtMs) };
}
