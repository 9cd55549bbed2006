import { strictObject } from 'valibot';
import type { AuthorizedCall } from '../call.ts';
import { readBody } from '../middleware/read-body.ts';
import type { BindingsAnswer } from './answers.ts';
import { describeBinding } from './describe-entry.ts';
import { TEXT } from './field-schemas.ts';
import { readJson } from './read-json.ts';

export const BINDING_REQUEST = strictObject({ serviceName: TEXT, resourceId: TEXT });

/** GET /api/v1/inventory/{id}/bindings */
export async function listBindings(call: AuthorizedCall): Promise<Response> {
  const id = call.params.id ?? '';
  const bindings = await call.services.inventory.listBindings(call.principal, id);
  call.note(`listed ${bindings.length} bindings`);
  const answer: BindingsAnswer = { bindings: bindings.map(describeBinding) };
  return Response.json(answer);
}

/** PUT /api/v1/inventory/{id}/bindings: a binding that is there already is brought up to date. */
export async function putBinding(call: AuthorizedCall): Promise<Response> {
  const target = readJson(BINDING_REQUEST, await readBody(call.request));
  const id = call.params.id ?? '';
  await call.services.inventory.bind(call.principal, id, target, call.context);
  call.note('bound a certificate');
  return new Response(null, { status: 204 });
}

/** DELETE /api/v1/inventory/{id}/bindings: the one that the body names. */
export async function deleteBinding(call: AuthorizedCall): Promise<Response> {
  const target = readJson(BINDING_REQUEST, await readBody(call.request));
  const id = call.params.id ?? '';
  await call.services.inventory.unbind(call.principal, id, target, call.context);
  call.note('unbound a certificate');
  return new Response(null, { status: 204 });
}
