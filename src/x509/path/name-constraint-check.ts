import type { GeneralName } from '../names/general-names.ts';
import { parseIpAddress } from '../names/ip-address.ts';
import { canonicalizeRdns, isWithinName } from '../names/name-comparison.ts';
import type { Subtree } from './name-constraint-forms.ts';
import type { NameConstraints } from './name-constraints.ts';

/** A name that constraints apply to: one of the subjectAltName, or the subject. */
export type ConstrainedName =
  | GeneralName
  | { readonly kind: 'directory'; readonly nameDer: Uint8Array };

/** Returns whether a CA with `constraints` may certify `name` (RFC 5280 section 6.1.4 g). */
export function isPermitted(name: ConstrainedName, constraints: NameConstraints): boolean {
  return explainRefusedName(name, constraints) === null;
}

/**
 * Returns null for a name that may be certified. Otherwise it returns the reason as the end of a
 * sentence that begins with the name. If there are permitted subtrees of its kind, the name must be
 * within one; it must not be within an excluded one. A name that cannot be compared is refused.
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
  if (locate === null) return 'has no host name that can be compared with name constraints';
  if (allowed.length > 0 && !allowed.some((subtree) => locate(subtree, 'permitted'))) {
    return 'is outside the permitted names';
  }
  return forbidden.some((subtree) => locate(subtree, 'excluded'))
    ? 'is among the excluded names'
    : null;
}

/**
 * Returns whether the name is within a subtree. A wildcard can mean several names, and verifiers
 * interpret some bases differently. Then the name is within an excluded subtree if any reading is,
 * and within a permitted subtree only if all readings are.
 */
type Locate = (subtree: Subtree, list: keyof NameConstraints) => boolean;

function locateName(name: ConstrainedName): Locate | null {
  switch (name.kind) {
    case 'directory': {
      const rdns = canonicalizeRdns(name.nameDer);
      return (subtree) =>
        subtree.kind === 'directory' && isWithinName(rdns, canonicalizeRdns(subtree.nameDer));
    }
    case 'ip': {
      const address = parseIpAddress(name.value);
      return address === null
        ? null
        : (subtree) => subtree.kind === 'ip' && isWithinNetwork(address, subtree);
    }
    case 'dns': {
      const host = normalizeHost(name.value);
      return (subtree, list) =>
        subtree.kind === 'dns' && isWithinDns(host, subtree.value.toLowerCase(), list);
    }
    case 'email': {
      const at = name.value.lastIndexOf('@');
      const local = name.value.slice(0, at);
      const host = normalizeHost(name.value.slice(at + 1));
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
  // A wildcard covers one label: *.example.com includes the excluded host a.example.com.
  const excludedHost = base.startsWith('.') ? base.slice(1) : base;
  const parent = excludedHost.slice(excludedHost.indexOf('.') + 1);
  return parent === host.slice(2);
}

/** Returns whether `host` is `base` or below it. If `base` begins with a dot, it must be below. */
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
  // RFC 5280 section 7.5: the local part is case-sensitive.
  return local === base.slice(0, at) && host === base.slice(at + 1).toLowerCase();
}

/** For e-mail and URIs, a base is a single host. With a leading dot, it is all hosts below a domain. */
function isWithinHost(host: string, base: string, list: keyof NameConstraints): boolean {
  if (base === '') return list === 'excluded';
  return base.startsWith('.') ? host.endsWith(base) : host === base;
}

/** A URI without user information and without characters that a lenient parser adds to the host. */
const PLAIN_URI = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([A-Za-z0-9._-]+)(?::\d*(?:[/?#].*)?|\/[^:]*)?$/;

/**
 * Returns the host of a URI in lower case. Returns null if there is none or if it is an IP address
 * (both refused by RFC 5280 section 4.2.1.10), or if verifiers may disagree about the host.
 */
function findUriHost(uri: string): string | null {
  const host = normalizeHost(PLAIN_URI.exec(uri)?.[1] ?? '');
  return host === '' || parseIpAddress(host) !== null ? null : host;
}

/** Without dots at the end: example.com. is the same host as example.com (RFC 1034 section 3.1). */
function normalizeHost(host: string): string {
  return host.toLowerCase().replace(/\.+$/, '');
}
