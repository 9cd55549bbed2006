import type { OcspStatusStore } from '../../ocsp/ocsp.ts';
import type { CertStatus } from '../../x509/status/ocsp-response.ts';
import type { TaggedMemory } from './tagged-memory.ts';
import { ocspTag, serialTag } from './tags.ts';

/** A status with its key, its tags and what the memory adds. */
const STATUS_BYTES = 500;

type StatusReader = Pick<OcspStatusStore, 'findStatuses'>;

/**
 * Reads the statuses of certificates from a memory that every purge reaches before the change is
 * answered, and from the record if it has none. What was never issued is not kept: it may be any moment.
 * @param keptSeconds for how long a status may be wrong if a purge is lost; 0 keeps none
 */
export function readKnownStatuses(
  store: StatusReader,
  memory: TaggedMemory<CertStatus>,
  keptSeconds: number,
): StatusReader {
  return {
    async findStatuses(authorityId, serialsHex) {
      const statuses = new Map<string, CertStatus>();
      const unknown: string[] = [];
      for (const serialHex of serialsHex) {
        const status = memory.find(serialTag(authorityId, serialHex));
        if (status === null) unknown.push(serialHex);
        else statuses.set(serialHex, status);
      }
      if (unknown.length === 0) return statuses;
      const mark = memory.begin();
      for (const [serialHex, status] of await store.findStatuses(authorityId, unknown)) {
        statuses.set(serialHex, status);
        const ownTag = serialTag(authorityId, serialHex);
        const tags = [ocspTag(authorityId), ownTag];
        memory.store(ownTag, status, { tags, bytes: STATUS_BYTES, seconds: keptSeconds }, mark);
      }
      return statuses;
    },
  };
}
