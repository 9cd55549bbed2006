import { SignetError } from '../../errors.ts';
import { COMPLETE, type ListScope } from '../../lists/list-store.ts';
import type { Call } from '../call.ts';
import { edgeRequestOf } from '../edge/from-call.ts';
import { crlPublication } from '../edge/lists.ts';
import { servePublication } from '../edge/publication.ts';
import { readAuthorityId } from './read-authority-id.ts';

const FORM = { encoding: 'der', contentType: 'application/pkix-crl', fileName: null } as const;

/** GET /crl/{authority}.crl: the complete list, which the distribution points of old certificates name. */
export async function downloadCrl(call: Call): Promise<Response> {
  const scope = { authorityId: readAuthorityId(call), crlPartition: COMPLETE };
  return serveList(call, scope, 'full');
}

/**
 * GET /crl/{authority}/{n}.crl: the list of one partition, which CRL distribution points name (RFC
 * 5280 section 4.2.1.13); {n}-delta.crl and delta.crl: the delta lists that freshestCRL names (5.2.6).
 */
export async function downloadPartitionCrl(call: Call): Promise<Response> {
  const { authority = '', file = '' } = call.params;
  if (!/^(?:delta|(?:0|[1-9]\d{0,8})(?:-delta)?)\.crl$/.test(file)) {
    throw new SignetError('not-found', 'There is no such list.');
  }
  const number = /^\d+/.exec(file)?.[0];
  const scope = {
    authorityId: authority,
    crlPartition: number === undefined ? COMPLETE : Number(number),
  };
  const kind = file.endsWith('delta.crl') ? 'delta' : 'full';
  return serveList(call, scope, kind);
}

function serveList(call: Call, scope: ListScope, kind: 'full' | 'delta'): Promise<Response> {
  const { services } = call;
  return servePublication(
    services,
    edgeRequestOf(call),
    crlPublication(services, scope, kind, FORM),
  );
}
