import type { ExternalCaInstance } from '../../authorities/external-ca-instance.ts';
import type { AuthorizedCall } from '../call.ts';
import { readOptionalText, refuseUnknownFields } from '../json.ts';
import { readBody } from '../middleware/read-body.ts';
import { nextCursor, readPageRequest } from './cursor.ts';
import { formatDateTime } from './date-time.ts';
import { readNullableNumber } from './read-fields.ts';
import { decodeOptionalJsonObject } from './read-json-body.ts';

const LIST = 'external-ca-instances';

/** POST /api/v1/external-ca-instances: every field may be left out, and the body with them. */
export async function createExternalCaInstance(call: AuthorizedCall): Promise<Response> {
  const object = decodeOptionalJsonObject(await readBody(call.request));
  refuseUnknownFields(object, ['accountId', 'authority', 'maxValidityDays', 'maxPathLength']);
  const instance = await call.services.externalCaInstances.create(
    call.principal,
    {
      accountId: readOptionalText(object, 'accountId'),
      authorityId: readOptionalText(object, 'authority'),
      maxValidityDays: readNullableNumber(object, 'maxValidityDays') ?? null,
      maxPathLength: readNullableNumber(object, 'maxPathLength') ?? null,
    },
    call.context,
  );
  call.note(`created ${instance.id}`);
  const headers = { Location: `/api/v1/external-ca-instances/${instance.id}` };
  return Response.json(describe(instance), { status: 201, headers });
}

/** GET /api/v1/external-ca-instances?limit=&cursor= */
export async function listExternalCaInstances(call: AuthorizedCall): Promise<Response> {
  const { externalCaInstances } = call.services;
  const page = await externalCaInstances.list(call.principal, readPageRequest(call.url, LIST));
  call.note(`listed ${page.items.length} instances`);
  return Response.json({ instances: page.items.map(describe), next: nextCursor(page, LIST) });
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

function describe(instance: ExternalCaInstance): object {
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
    createdAt: formatTime(createdAtMs),
    usedAt: usedAtMs === null ? null : formatTime(usedAtMs),
  };
}

function formatTime(ms: number): string {
  return formatDateTime(Math.floor(ms / 1000));
}
