import type { Finding } from '../audit/checkpoint.ts';
import { DEFAULT_AUTHORITY_ID } from '../authorities/default-authority.ts';
import type { Services } from '../http/services.ts';
import type { Foundation } from './foundation.ts';

interface Probes {
  findRevision(authorityId: string): Promise<unknown>;
  findSealingProblem(): Promise<Finding | null>;
}

/** What /healthz asks for: each part by itself, none of them a reason to fail. */
export async function checkHealth(
  { config, authorities, clock }: Foundation,
  { findRevision, findSealingProblem }: Probes,
): ReturnType<Services['checkHealth']> {
  const problems: string[] = [];
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
    audit: await answers(async () => {
      const finding = await findSealingProblem();
      if (finding === null) return true;
      problems.push(
        `The audit record does not verify at position ${finding.position}: ${finding.problem}`,
      );
      return false;
    }),
    problems,
  };
}
