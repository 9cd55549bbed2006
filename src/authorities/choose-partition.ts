import { SignetError } from '../errors.ts';
import type { Authority } from './authority.ts';
import type { ManagementDependencies } from './management.ts';

/**
 * Chooses the partition of the issuer's CRLs for one more certificate.
 * @throws SignetError in-use if the issuer is gone, record-unavailable
 */
export async function choosePartition(
  { takePartition }: Pick<ManagementDependencies, 'takePartition'>,
  { generationId, name }: Authority,
): Promise<number> {
  const partition = await takePartition(generationId);
  if (partition !== null) return partition;
  throw new SignetError(
    'in-use',
    `The authority "${name}" was changed in the meantime. Try again.`,
  );
}
