import type { Network } from '../../net/network.ts';
import type { Identifier } from '../acme-error.ts';
import { type CaaProperty, parseCaaRecord, parseIssueValue } from './caa-record.ts';
import { type ChallengeOutcome, type ChallengeType, refuse, VALID } from './challenge.ts';
import { runCheck } from './run-check.ts';

export interface CaaSettings {
  /** The issuer-domain-names of this CA. Empty: CAA is not checked. */
  readonly identities: readonly string[];
  /** CAA is not checked for these names and the names below them. */
  readonly exemptSuffixes: readonly string[];
}

export interface CaaRequest {
  readonly identifier: Identifier;
  readonly wildcard: boolean;
  /** URL of the ACME account, which the parameter accounturi names (RFC 8657 section 3). */
  readonly accountUrl: string;
  /** The challenge that was fulfilled; null for an identifier that its policy pre-authorizes. */
  readonly method: ChallengeType | null;
}

/**
 * Verifies that CAA records let this CA issue (RFC 8659). It takes at most 10 seconds and never
 * throws: if the records cannot be read, issuing is refused.
 */
export async function checkCaa(
  network: Network,
  settings: CaaSettings,
  request: CaaRequest,
): Promise<ChallengeOutcome> {
  const { type, value: name } = request.identifier;
  const isExempt = settings.exemptSuffixes.some(
    (suffix) => name === suffix || name.endsWith(`.${suffix}`),
  );
  // IP addresses have no CAA records (RFC 8738 section 8).
  if (type === 'ip' || settings.identities.length === 0 || isExempt) return VALID;
  return runCheck(async (signal) => {
    const found = await findRecords(network, name, signal);
    const reason = found === null ? null : findObstacle(found.properties, settings, request);
    return reason === null
      ? VALID
      : refuse('caa', `The CAA records of ${found?.domain} do not permit ${name}: ${reason}.`);
  });
}

/** Climbs from the name to the top-level domain (RFC 8659 section 3). */
async function findRecords(network: Network, name: string, signal: AbortSignal) {
  const labels = name.split('.');
  for (let start = 0; start < labels.length; start++) {
    const domain = labels.slice(start).join('.');
    const records = await network.queryDns(domain, 'CAA', signal);
    if (records.length > 0) return { domain, properties: records.map(parseCaaRecord) };
  }
  return null;
}

/** Properties that say nothing about certificates for hosts, and those that are obeyed. */
const KNOWN_TAGS = ['issue', 'issuewild', 'iodef', 'issuemail', 'contactemail', 'contactphone'];

/** Returns why the records forbid to issue, or null. */
function findObstacle(
  properties: readonly CaaProperty[],
  { identities }: CaaSettings,
  request: CaaRequest,
): string | null {
  const unknown = properties.find(({ critical, tag }) => critical && !KNOWN_TAGS.includes(tag));
  if (unknown !== undefined) {
    return `the critical property ${unknown.tag.slice(0, 20)} is not supported`;
  }
  const wild = properties.filter(({ tag }) => tag === 'issuewild');
  // RFC 8659 section 4.3: for a wildcard name, issuewild replaces issue.
  const relevant =
    request.wildcard && wild.length > 0 ? wild : properties.filter(({ tag }) => tag === 'issue');
  if (relevant.length === 0) return null;
  const own = relevant
    .map(({ value }) => parseIssueValue(value))
    .filter((value) => value !== null && identities.includes(value.issuer));
  if (own.length === 0) return `no property ${relevant[0]?.tag} names ${identities.join(' or ')}`;
  return own.some((value) => value !== null && permits(value.parameters, request))
    ? null
    : 'accounturi or validationmethods names others';
}

type Parameters = NonNullable<ReturnType<typeof parseIssueValue>>['parameters'];

/** RFC 8657 sections 3 and 4. A parameter that occurs twice cannot be fulfilled. */
function permits(parameters: Parameters, { accountUrl, method }: CaaRequest): boolean {
  const valuesOf = (wanted: string) =>
    parameters.filter(({ name }) => name === wanted).map(({ value }) => value);
  const accounts = valuesOf('accounturi');
  const methods = valuesOf('validationmethods');
  return (
    (accounts.length === 0 || (accounts.length === 1 && accounts[0] === accountUrl)) &&
    (methods.length === 0 ||
      (methods.length === 1 && method !== null && methods[0]?.split(',').includes(method) === true))
  );
}
