import { DEFAULT_AUTHORITY_ID } from '../authorities/default-authority.ts';
import type { Services } from '../http/services.ts';
import type { Foundation } from './foundation.ts';

/** Checks each part for /healthz. A part that cannot be checked counts as unhealthy. */
export async function checkHealth(
  { config, authorities, clock }: Foundation,
  findRevision: (authorityId: string) => Promise<unknown>,
): ReturnType<Services['checkHealth']> {
  const answers = async (probe: () => Promise<boolean>) => probe().catch(() => false);
  return {
    secrets:
      config.problems.length === 0 && config.caKeyPem !== null && config.rootAccessKey !== null,
    database: await answers(async () => {
      await findRevision(DEFAULT_AUTHORITY_ID);
      return true;
    }),
    authority: await answers(async () => {
      const authority = await authorities.openCurrent(DEFAULT_AUTHORITY_ID);
      return 'signer' in authority.signing && authority.notAfterSeconds * 1000 > clock();
    }),
  };
}
