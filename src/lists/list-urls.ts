import { COMPLETE, type ListScope } from './list-store.ts';

/** The path of a scope's full list. It must never change: certificates contain it. */
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
