import type { AuthorityDetails } from '../../../authorities/management.ts';
import { FINAL_REASONS, parseRevocationReason } from '../../../revocation/reasons.ts';
import type { AuthorizedCall } from '../../call.ts';
import { MAX_BODY_BYTES, readBody } from '../../middleware/read-body.ts';
import { nextCursor, readPageRequest } from '../cursor.ts';
import { readFields, readJson } from '../read-json.ts';
import { decodeOptionalJsonObject } from '../read-json-body.ts';
import type { AuthoritiesAnswer, AuthorityAnswer } from './answers.ts';
import { describeAuthority, describeSummary } from './describe-authority.ts';
import {
  AUTHORITY_CERTIFICATE_REQUEST,
  AUTHORITY_IMPORT_REQUEST,
  AUTHORITY_REVOCATION_REQUEST,
  AUTHORITY_UPDATE_REQUEST,
  NEW_AUTHORITY_REQUEST,
  PENDING_AUTHORITY_REQUEST,
  REKEY_REQUEST,
  RENEWAL_REQUEST,
  readKeyChoice,
  readLimits,
  readProfiles,
} from './requests.ts';

const LIST = 'authorities';

/** GET /api/v1/authorities */
export async function listAuthorities(call: AuthorizedCall): Promise<Response> {
  const { authorityManager } = call.services;
  const page = await authorityManager.list(call.principal, readPageRequest(call.url, LIST));
  call.note(`listed ${page.items.length} authorities`);
  const answer: AuthoritiesAnswer = {
    authorities: page.items.map(describeSummary),
    next: nextCursor(page, LIST),
  };
  return Response.json(answer);
}

/** GET /api/v1/authorities/{id} */
export async function getAuthority(call: AuthorizedCall): Promise<Response> {
  const answer = await find(call, readId(call));
  call.note(`found ${answer.id}`);
  return Response.json(answer);
}

/** POST /api/v1/authorities: a root, or with `parent` an issuing CA under it. */
export async function createAuthority(call: AuthorizedCall): Promise<Response> {
  const request = readJson(NEW_AUTHORITY_REQUEST, await readBody(call.request));
  const { name, subject, parent, validity } = request;
  const { lineageId } = await call.services.authorityManager.create(askedBy(call), {
    name,
    subject,
    key: readKeyChoice(request),
    parent: parent === null ? { kind: 'root' } : { kind: 'here', id: parent },
    validity: validity ?? null,
    limits: readLimits(request),
    profiles: readProfiles(request.profiles),
  });
  return answerCreated(call, lineageId, 'created');
}

/** POST /api/v1/authorities/requests: one whose parent is elsewhere; the answer has its request. */
export async function requestAuthority(call: AuthorizedCall): Promise<Response> {
  const request = readJson(PENDING_AUTHORITY_REQUEST, await readBody(call.request));
  const { lineageId } = await call.services.authorityManager.create(askedBy(call), {
    name: request.name,
    subject: request.subject,
    key: readKeyChoice(request),
    parent: { kind: 'elsewhere' },
    validity: null,
    limits: readLimits(request),
    profiles: readProfiles(request.profiles),
  });
  return answerCreated(call, lineageId, 'requested');
}

/** POST /api/v1/authorities/import: an existing CA with its key and its chain up to the root. */
export async function importAuthority(call: AuthorizedCall): Promise<Response> {
  const request = readJson(AUTHORITY_IMPORT_REQUEST, await readBody(call.request, MAX_BODY_BYTES));
  const { lineageId } = await call.services.authorityManager.importCa(askedBy(call), {
    name: request.name,
    chainPem: request.certificate,
    key: readKeyChoice(request),
    profiles: readProfiles(request.profiles),
  });
  return answerCreated(call, lineageId, 'imported');
}

/** PATCH /api/v1/authorities/{id}: profiles of its own, or with null those of the configuration. */
export async function updateAuthority(call: AuthorizedCall): Promise<Response> {
  const { profiles } = readJson(AUTHORITY_UPDATE_REQUEST, await readBody(call.request));
  const { authorityManager } = call.services;
  await authorityManager.setProfiles(askedBy(call), readId(call), readProfiles(profiles));
  return answerChanged(call, readId(call), 'changed the profiles of');
}

/** POST /api/v1/authorities/{id}/certificate: the certificate that a parent elsewhere made. */
export async function uploadAuthorityCertificate(call: AuthorizedCall): Promise<Response> {
  const { certificate } = readJson(AUTHORITY_CERTIFICATE_REQUEST, await readBody(call.request));
  const { authorityManager } = call.services;
  const { lineageId } = await authorityManager.complete(askedBy(call), readId(call), certificate);
  return answerChanged(call, lineageId, 'took the certificate of');
}

/** POST /api/v1/authorities/{id}/renew: a new certificate for the same key. */
export async function renewAuthority(call: AuthorizedCall): Promise<Response> {
  const { validity } = readFields(RENEWAL_REQUEST, await readOptional(call));
  const { lineageId } = await call.services.authorityManager.renew(
    askedBy(call),
    readId(call),
    validity ?? null,
  );
  return answerChanged(call, lineageId, 'renewed');
}

/** POST /api/v1/authorities/{id}/rekey: a new generation with a key of its own. */
export async function rekeyAuthority(call: AuthorizedCall): Promise<Response> {
  const request = readFields(REKEY_REQUEST, await readOptional(call));
  const { lineageId } = await call.services.authorityManager.rekey(askedBy(call), readId(call), {
    key: readKeyChoice(request),
    validity: request.validity ?? null,
  });
  const answer = await find(call, lineageId);
  call.note(`gave ${lineageId} a new key`);
  return Response.json(answer);
}

/** POST /api/v1/authorities/{id}/disable */
export async function disableAuthority(call: AuthorizedCall): Promise<Response> {
  await call.services.authorityManager.disable(askedBy(call), readId(call));
  return answerChanged(call, readId(call), 'disabled');
}

/** POST /api/v1/authorities/{id}/enable */
export async function enableAuthority(call: AuthorizedCall): Promise<Response> {
  await call.services.authorityManager.enable(askedBy(call), readId(call));
  return answerChanged(call, readId(call), 'enabled');
}

/** POST /api/v1/authorities/{id}/revoke: for ever, with every generation. */
export async function revokeAuthority(call: AuthorizedCall): Promise<Response> {
  const { reason } = readFields(AUTHORITY_REVOCATION_REQUEST, await readOptional(call));
  await call.services.authorityManager.revoke(
    askedBy(call),
    readId(call),
    parseRevocationReason(reason, FINAL_REASONS),
  );
  return answerChanged(call, readId(call), 'revoked');
}

function askedBy({ principal, context }: AuthorizedCall) {
  return { principal, request: context };
}

function readId(call: AuthorizedCall): string {
  return call.params.id ?? '';
}

async function readOptional(call: AuthorizedCall): Promise<object> {
  return decodeOptionalJsonObject(await readBody(call.request));
}

async function find(call: AuthorizedCall, id: string): Promise<AuthorityAnswer> {
  const { authorityManager, config } = call.services;
  const details: AuthorityDetails = await authorityManager.find(call.principal, id);
  return describeAuthority(details, config.publicationUrl);
}

async function answerCreated(call: AuthorizedCall, id: string, done: string): Promise<Response> {
  call.note(`${done} ${id}`);
  const headers = { Location: `/api/v1/authorities/${id}` };
  return Response.json(await find(call, id), { status: 201, headers });
}

async function answerChanged(call: AuthorizedCall, id: string, done: string): Promise<Response> {
  const answer = await find(call, id);
  call.note(`${done} ${answer.id}`);
  return Response.json(answer);
}
