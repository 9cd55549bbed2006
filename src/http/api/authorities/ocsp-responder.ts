import {
  array,
  description,
  exactOptional,
  type InferOutput,
  nullable,
  object,
  pipe,
  strictObject,
  string,
} from 'valibot';
import { encodePem } from '../../../asn1/pem.ts';
import { SignetError } from '../../../errors.ts';
import type { OcspResponderRecord } from '../../../ocsp/ocsp-signer.ts';
import { parseCertificate } from '../../../x509/certificate/certificate.ts';
import type { AuthorizedCall } from '../../call.ts';
import { readBody } from '../../middleware/read-body.ts';
import { formatDateTime, formatDateTimeOrNull } from '../date-time.ts';
import { TEXT } from '../field-schemas.ts';
import { readFields } from '../read-json.ts';
import { decodeOptionalJsonObject } from '../read-json-body.ts';

export const OCSP_RESPONDER_REQUEST = strictObject({
  certificate: exactOptional(TEXT),
  privateKey: exactOptional(TEXT),
});

const text = (what: string) => pipe(string(), description(what));

export const OCSP_RESPONDER = object({
  generation: text('The key generation of the authority that it signs for.'),
  certificate: text('PEM.'),
  serial: text('Of the certificate, lower-case hexadecimal.'),
  notBefore: text('RFC 3339, UTC.'),
  notAfter: text('RFC 3339, UTC.'),
  renewedFrom: pipe(
    nullable(string()),
    description('From when on a job replaces it; null for one that was uploaded.'),
  ),
});
export type OcspResponderAnswer = InferOutput<typeof OCSP_RESPONDER>;

export const OCSP_RESPONDERS = object({
  responders: pipe(array(OCSP_RESPONDER), description('One for each key at most.')),
});
export type OcspRespondersAnswer = InferOutput<typeof OCSP_RESPONDERS>;

/** GET /api/v1/authorities/{id}/ocsp-responder */
export async function getOcspResponder(call: AuthorizedCall): Promise<Response> {
  const found = await call.services.ocspResponders.list(call.principal, call.params.id ?? '');
  call.note(`listed ${found.length} OCSP responders`);
  const answer: OcspRespondersAnswer = { responders: found.map(describe) };
  return Response.json(answer);
}

/** PUT /api/v1/authorities/{id}/ocsp-responder: a new one, or with a body the one in it. */
export async function putOcspResponder(call: AuthorizedCall): Promise<Response> {
  const { ocspResponders } = call.services;
  const fields = readFields(
    OCSP_RESPONDER_REQUEST,
    decodeOptionalJsonObject(await readBody(call.request)),
  );
  const { certificate, privateKey } = fields;
  const id = call.params.id ?? '';
  const asking = { principal: call.principal, request: call.context };
  if ((certificate === undefined) !== (privateKey === undefined)) {
    const field = certificate === undefined ? 'certificate' : 'privateKey';
    throw new SignetError('missing-parameter', `'${field}' is missing.`, { field });
  }
  const responder =
    certificate === undefined || privateKey === undefined
      ? await ocspResponders.issue(asking, id)
      : await ocspResponders.upload(asking, id, { certificate, privateKey });
  call.note(`gave ${responder.authorityId} an OCSP responder`);
  return Response.json(describe(responder));
}

/** DELETE /api/v1/authorities/{id}/ocsp-responder */
export async function deleteOcspResponder(call: AuthorizedCall): Promise<Response> {
  const asking = { principal: call.principal, request: call.context };
  await call.services.ocspResponders.remove(asking, call.params.id ?? '');
  call.note('took the OCSP responder away');
  return new Response(null, { status: 204 });
}

function describe(responder: OcspResponderRecord): OcspResponderAnswer {
  const { serialHex } = parseCertificate(responder.certificateDer);
  return {
    generation: responder.authorityId,
    certificate: encodePem('CERTIFICATE', responder.certificateDer),
    serial: serialHex,
    notBefore: formatDateTime(responder.notBeforeSeconds),
    notAfter: formatDateTime(responder.notAfterSeconds),
    renewedFrom: formatDateTimeOrNull(responder.renewFromSeconds),
  };
}
