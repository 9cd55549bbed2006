import type { Finding } from '../audit/checkpoint.ts';
import { DEFAULT_AUTHORITY_ID } from '../authorities/default-authority.ts';
import type { Config } from '../config.ts';
import { SignetError } from '../errors.ts';
import type { Health, Services } from '../http/services.ts';
import { requireIssuer } from '../issuance/require-issuer.ts';
import { readOcspUrl } from '../x509/certificate/authority-info-access.ts';
import { parseCertificate } from '../x509/certificate/certificate.ts';
import { describeWrongPort } from './check-addresses.ts';
import type { Foundation } from './foundation.ts';

interface Probes {
  findScopeRevision(authorityId: string): Promise<unknown>;
  findPolicyProblem(): Promise<string | null>;
  findSealingProblem(): Promise<Finding | null>;
  findNewestIssued(): Promise<Uint8Array | null>;
}

/**
 * What /healthz asks for: each part by itself, none of them a reason to fail.
 * @param origin the address of the request, or null if it says nothing about the server's port
 */
export async function checkHealth(
  { config, authorities, clock }: Foundation,
  origin: string | null,
  { findScopeRevision, findPolicyProblem, findSealingProblem, findNewestIssued }: Probes,
): ReturnType<Services['checkHealth']> {
  const problems = describeSecrets(config);
  const areValid = problems.length === 0;
  const answers = async (probe: () => Promise<string | null>): Promise<boolean> => {
    try {
      const problem = await probe();
      if (problem !== null) problems.push(problem);
      return problem === null;
    } catch (error) {
      problems.push(describeCause(error));
      return false;
    }
  };
  const database = await answers(async () => {
    await findScopeRevision(DEFAULT_AUTHORITY_ID);
    return null;
  });
  const secrets = (await answers(findPolicyProblem)) && areValid;
  const parts = {
    authority: await answers(async () => {
      const authority = await authorities.openCurrent(DEFAULT_AUTHORITY_ID);
      requireIssuer(authority, Math.floor(clock() / 1000));
      return null;
    }),
    audit: await answers(async () => {
      const finding = await findSealingProblem();
      if (finding === null) return null;
      return `The audit record does not verify at position ${finding.position}: ${finding.problem}`;
    }),
  };
  const warnings = [
    ...warnOfMissing(config),
    ...(await listWarnings(config, origin, findNewestIssued).catch(() => [])),
  ];
  return { secrets, database, ...parts, problems: [...new Set(problems)], warnings };
}

function describeSecrets({ problems, caKeyPem, rootAccessKey }: Config): string[] {
  const described = problems.map(({ name, message }) => `${name} ${message}.`);
  if (caKeyPem === null) described.push('CA_KEY is not set.');
  if (rootAccessKey === null && !problems.some(({ name }) => name.startsWith('ROOT_'))) {
    described.push('ROOT_ACCESS_KEY_ID and ROOT_ACCESS_KEY_SECRET are not set.');
  }
  return described;
}

/** A CA can do without a SEALING_KEY, but rarely should. */
function warnOfMissing({ problems, sealingKeys }: Config): string[] {
  if (sealingKeys.size > 0 || problems.some(({ name }) => name.startsWith('SEALING_'))) return [];
  return [
    'SEALING_KEY is not set: no private key is stored, no access key is created, and the audit record is not sealed.',
  ];
}

/** A SignetError carries what the operator must know as its cause. */
function describeCause(error: unknown): string {
  const cause = error instanceof SignetError ? (error.cause ?? error) : error;
  const text = cause instanceof Error ? cause.message : String(cause);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** Certificates keep the addresses that were configured when they were issued. */
async function listWarnings(
  { publicationUrl }: Config,
  origin: string | null,
  findNewestIssued: Probes['findNewestIssued'],
): Promise<Health['warnings']> {
  const warnings: string[] = [];
  const der = await findNewestIssued();
  const url = der === null ? null : readOcspUrl(parseCertificate(der).extensions);
  const named = url === null ? publicationUrl : new URL(url).origin;
  if (named !== publicationUrl) {
    warnings.push(
      `Certificates issued so far name ${named} for their CRL and OCSP; PUBLICATION_URL is now ${publicationUrl}. Clients cannot check those certificates unless ${named} leads here too.`,
    );
  }
  const wrongPort = origin === null ? null : describeWrongPort(publicationUrl, origin);
  if (wrongPort !== null) warnings.push(wrongPort);
  return warnings;
}
