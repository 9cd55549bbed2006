interface CommonRules {
  /** Names, or `*.` and a domain, one on each line. */
  readonly dnsNames: string;
  readonly wildcards: boolean;
  readonly ipRanges: string;
  /** Whether ACME clients need no proof. */
  readonly isPreauthorized: boolean;
}

/** The rules of a policy for the usual case: some names and networks, any organization. */
export function writeRules({
  dnsNames,
  wildcards,
  ipRanges,
  isPreauthorized,
}: CommonRules): object {
  const acme = isPreauthorized ? 'pre-authorized' : 'prove';
  return {
    dnsNames: split(dnsNames).map((typed) =>
      typed.startsWith('*.')
        ? { name: typed.slice(2), match: 'any-depth', wildcards, acme }
        : { name: typed, match: 'exact', wildcards: false, acme },
    ),
    ipRanges: split(ipRanges).map((range) => ({ range, acme })),
  };
}

function split(typed: string): string[] {
  return typed.split(/[\s,]+/).filter((value) => value !== '');
}
