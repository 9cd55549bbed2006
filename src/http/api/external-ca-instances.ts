import { exactOptional, strictObject } from 'valibot';
import type { ExternalCaInstance } from '../../authorities/external-ca-instance.ts';
import type { AuthorizedCall } from '../call.ts';
import { readBody } from '../middleware/read-body.ts';
import type { ExternalCaInstanceAnswer, ExternalCaInstancesAnswer } from './answers.ts';
import { nextCursor, readPageRequest } from './cursor.ts';
import { formatDateTimeMs } from './date-time.ts';
import { NULLABLE_NUMBER, TEXT } from './field-schemas.ts';
import { readFields } from './read-json.ts';
import { decodeOptionalJsonObject } from './read-json-body.ts';

const LIST = 'external-ca-instances';

export const EXTERNAL_CA_INSTANCE_REQUEST = strictObject({
  accountId: exactOptional(TEXT),
  authority: exactOptional(TEXT),
  maxValidityDays: exactOptional(NULLABLE_NUMBER, null),
  maxPathLength: exactOptional(NULLABLE_NUMBER, null),
});

/** POST /api/v1/external-ca-instances: every field may be left out, and the body with them. */
export async function createExternalCaInstance(call: AuthorizedCall): Promise<Response> {
  const object = decodeOptionalJsonObject(await readBody(call.request));
  const request = readFields(EXTERNAL_CA_INSTANCE_REQUEST, object);
  const instance = await call.services.externalCaInstances.create(
    call.principal,
    {
      accountId: request.accountId ?? null,
      authorityId: request.authority ?? null,
      maxValidityDays: request.maxValidityDays,
      maxPathLength: request.maxPathLength,
    },
    call.context,
  );
  call.note(`created ${instance.id}`);
  const headers = { Location: `/api/v1/external-ca-instances/${instance.id}` };
  return Response.json(describe(instance), { status: 201, headers });
}

/** GET /api/v1/external-ca-instances */
export async function listExternalCaInstances(call: AuthorizedCall): Promise<Response> {
  const { externalCaInstances } = call.services;
  const page = await externalCaInstances.list(call.principal, readPageRequest(call.url, LIST));
  call.note(`listed ${page.items.length} instances`);
  const answer: ExternalCaInstancesAnswer = {
    instances: page.items.map(describe),
    next: nextCursor(page, LIST),
  };
  return Response.json(answer);
}

/** GET /api/v1/external-ca-instances/{id} */
export async function getExternalCaInstance(call: AuthorizedCall): Promise<Response> {
  const id = call.params.id ?? '';
  const instance = await call.services.externalCaInstances.find(call.principal, id);
  call.note(`found ${instance.id}`);
  return Response.json(describe(instance));
}

/** POST /api/v1/external-ca-instances/{id}/refund: gives a free one back. */
export async function refundExternalCaInstance(call: AuthorizedCall): Promise<Response> {
  const id = call.params.id ?? '';
  const { externalCaInstances } = call.services;
  const instance = await externalCaInstances.refund(call.principal, id, call.context);
  call.note(`gave ${instance.id} back`);
  return Response.json(describe(instance));
}

function describe(instance: ExternalCaInstance): ExternalCaInstanceAnswer {
  const { certificate, createdAtMs, usedAtMs } = instance;
  return {
    instanceId: instance.id,
    accountId: instance.accountId,
    authority: instance.authorityId,
    state: instance.state,
    maxValidityDays: instance.maxValidityDays,
    maxPathLength: instance.maxPathLength,
    certificate:
      certificate === null
        ? null
        : {
            authority: certificate.authorityId,
            serial: certificate.serialHex,
            identifier: certificate.identifier,
          },
    createdAt: formatDateTimeMs(createdAtMs),
    usedAt: usedAtMs === null ? null : formatDateTimeMs(usedAtMs),
  };
}
