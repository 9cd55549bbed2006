import type { GeneralName } from '../names/general-names.ts';
import { parseIpAddress } from '../names/ip-address.ts';
import { canonicalRdns, isWithinName } from '../names/name-comparison.ts';
import type { Subtree } from './name-constraint-forms.ts';
import type { NameConstraints } from './name-constraints.ts';

/** A name as constraints see it: one of a subjectAltName, or the subject itself. */
export type ConstrainedName =
  | GeneralName
  | { readonly kind: 'directory'; readonly nameDer: Uint8Array };

/** Whether a CA with `constraints` may certify `name` (RFC 5280 section 6.1.4 g). */
export function isPermitted(name: ConstrainedName, constraints: NameConstraints): boolean {
  return explainRefusedName(name, constraints) === null;
}

/**
 * Null for a name that may be certified, else the reason as the end of a sentence that begins with
 * the name: it must be in one of the permitted subtrees of its kind, where there are any, and in
 * none of the excluded ones. A name whose place cannot be told is refused.
 */
export function explainRefusedName(
  name: ConstrainedName,
  { permitted, excluded }: NameConstraints,
): string | null {
  const ofKind = ({ kind }: Subtree) => kind === name.kind;
  const allowed = permitted.filter(ofKind);
  const forbidden = excluded.filter(ofKind);
  if (allowed.length === 0 && forbidden.length === 0) return null;
  const locate = locateName(name);
  if (locate === null) return 'has no host name that name constraints could be compared with';
  if (allowed.length > 0 && !allowed.some((subtree) => locate(subtree, 'permitted'))) {
    return 'is outside the permitted names';
  }
  return forbidden.some((subtree) => locate(subtree, 'excluded'))
    ? 'is among the excluded names'
    : null;
}

/**
 * Tells whether a subtree holds the name. What may mean more than one name (a wildcard, a base that
 * verifiers read differently) is inside an excluded subtree if any part of it is, and inside a
 * permitted one only if all of it is.
 */
type Locate = (subtree: Subtree, list: keyof NameConstraints) => boolean;

function locateName(name: ConstrainedName): Locate | null {
  switch (name.kind) {
    case 'directory': {
      const rdns = canonicalRdns(name.nameDer);
      return (subtree) =>
        subtree.kind === 'directory' && isWithinName(rdns, canonicalRdns(subtree.nameDer));
    }
    case 'ip': {
      const address = parseIpAddress(name.value);
      return address === null
        ? null
        : (subtree) => subtree.kind === 'ip' && isWithinNetwork(address, subtree);
    }
    case 'dns': {
      const host = name.value.toLowerCase();
      return (subtree, list) =>
        subtree.kind === 'dns' && isWithinDns(host, subtree.value.toLowerCase(), list);
    }
    case 'email': {
      const at = name.value.lastIndexOf('@');
      const local = name.value.slice(0, at);
      const host = name.value.slice(at + 1).toLowerCase();
      return at < 1
        ? null
        : (subtree, list) =>
            subtree.kind === 'email' && isWithinEmail(local, host, subtree.value, list);
    }
    case 'uri': {
      const host = findUriHost(name.value);
      return host === null
        ? null
        : (subtree, list) =>
            subtree.kind === 'uri' && isWithinHost(host, subtree.value.toLowerCase(), list);
    }
  }
}

function isWithinNetwork(
  octets: Uint8Array,
  { address, mask }: { readonly address: Uint8Array; readonly mask: Uint8Array },
): boolean {
  return (
    octets.length === mask.length &&
    mask.every((bits, i) => ((octets[i] ?? 0) & bits) === ((address[i] ?? 0) & bits))
  );
}

function isWithinDns(host: string, base: string, list: keyof NameConstraints): boolean {
  if (base === '') return true;
  if (endsWithDomain(host, base)) return true;
  if (list === 'permitted' || !host.startsWith('*.')) return false;
  // The wildcard stands for one label, so it covers an excluded host right below its domain.
  const excludedHost = base.startsWith('.') ? base.slice(1) : base;
  const parent = excludedHost.slice(excludedHost.indexOf('.') + 1);
  return parent === host.slice(2);
}

/** The base itself or anything below it; only what is below where the base begins with a dot. */
function endsWithDomain(host: string, base: string): boolean {
  return host === base || host.endsWith(base.startsWith('.') ? base : `.${base}`);
}

function isWithinEmail(
  local: string,
  host: string,
  base: string,
  list: keyof NameConstraints,
): boolean {
  const at = base.lastIndexOf('@');
  if (at < 0) return isWithinHost(host, base.toLowerCase(), list);
  // RFC 5280 section 7.5: the local part is compared as it is.
  return local === base.slice(0, at) && host === base.slice(at + 1).toLowerCase();
}

/** For e-mail and URIs a base is one host alone, or with a leading dot everything below a domain. */
function isWithinHost(host: string, base: string, list: keyof NameConstraints): boolean {
  if (base === '') return list === 'excluded';
  return base.startsWith('.') ? host.endsWith(base) : host === base;
}

/** No user information, and nothing behind the host that careless parsers take for a part of it. */
const PLAIN_URI = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([A-Za-z0-9._-]+)(?::\d*(?:[/?#].*)?|\/[^:]*)?$/;

/**
 * The host of a URI in lower case; null where there is none, where it is an address (section
 * 4.2.1.10 wants both refused), and where verifiers might disagree what it is.
 */
function findUriHost(uri: string): string | null {
  const host = PLAIN_URI.exec(uri)?.[1]?.toLowerCase();
  return host === undefined || parseIpAddress(host) !== null ? null : host;
}
