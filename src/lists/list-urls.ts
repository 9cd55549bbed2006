import { COMPLETE, type ListScope } from './list-store.ts';

/** The path of a scope's full list. A partition's stands in the certificates that are in it, for ever. */
export function listPath({ authorityId, crlPartition }: ListScope): string {
  return crlPartition === COMPLETE
    ? `/crl/${authorityId}.crl`
    : `/crl/${authorityId}/${crlPartition}.crl`;
}

export function deltaPath({ authorityId, crlPartition }: ListScope): string {
  return crlPartition === COMPLETE
    ? `/crl/${authorityId}/delta.crl`
    : `/crl/${authorityId}/${crlPartition}-delta.crl`;
}
