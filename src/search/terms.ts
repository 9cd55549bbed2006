import type { GeneralName } from '../x509/names/general-names.ts';

/**
 * What a search can ask for with an index of its own. `name` is a word of the subject or a whole
 * alternative name; `below` is a domain that one of the DNS names is in.
 */
export type TermKind = 'name' | 'below' | 'sha256' | 'authority' | 'profile' | 'state';

/** What the terms of a certificate are made from. */
export interface Described {
  /** RFC 4514 text. */
  readonly subject: string;
  readonly altNames: readonly GeneralName[];
  readonly profile: string;
  /** SHA-256 of the DER in lower-case hex; null without a body. */
  readonly sha256Hex: string | null;
}

/** A longer value has no term. No DNS name and no e-mail address is longer. */
const MAX_VALUE_CHARACTERS = 254;
/** A subject and 100 alternative names may hold more: the rest is not searched by. */
const MAX_TERMS = 400;
/** Letters and digits, with what joins the parts of names, addresses and product numbers. */
const WORD = /[\p{L}\p{N}*_][\p{L}\p{M}\p{N}._@:*-]*/gu;
/** The type of an attribute in RFC 4514 text, with the separator before it. */
const ATTRIBUTE_TYPE = /(^|[,+])\s*[A-Za-z][\w.-]*=/g;

const ASCII = /^[ -~]*$/;

export function makeTerm(kind: TermKind, value: string): string {
  return `${kind}:${value}`;
}

/**
 * Lists the terms of a certificate, each once. Two are missing: the database adds the authority, which
 * it knows better, and a trigger keeps the state.
 */
export function listTerms({ subject, altNames, profile, sha256Hex }: Described): string[] {
  const terms = new Set([makeTerm('profile', profile)]);
  if (sha256Hex !== null) terms.add(makeTerm('sha256', sha256Hex));
  const names = altNames.map(({ value }) => foldName(value));
  const domains = altNames.flatMap(({ kind, value }) =>
    kind === 'dns' ? listDomains(foldName(value)) : [],
  );
  const words = listWords(subject.replace(ATTRIBUTE_TYPE, '$1 '));
  // The last terms are cut first. Therefore a long subject or a deep name hides neither the other
  // names nor their registered domains.
  addTerms(terms, 'name', names);
  addTerms(
    terms,
    'below',
    domains.toSorted((a, b) => countLabels(a) - countLabels(b)),
  );
  addTerms(terms, 'name', words);
  return [...terms].slice(0, MAX_TERMS);
}

function addTerms(terms: Set<string>, kind: TermKind, values: readonly string[]): void {
  for (const value of values) {
    if (value.length <= MAX_VALUE_CHARACTERS) terms.add(makeTerm(kind, value));
  }
}

function countLabels(domain: string): number {
  return domain.split('.').length;
}

/** The words of a text, folded, in order. */
export function listWords(text: string): string[] {
  const words = foldName(text).match(WORD) ?? [];
  return words.map((word) => word.replace(/[.-]+$/, '')).filter((word) => word !== '');
}

/** Letter case and compatibility forms do not matter in a search. ASCII has no compatibility forms. */
export function foldName(value: string): string {
  return (ASCII.test(value) ? value : value.normalize('NFKC')).toLowerCase();
}

/** The domains that a DNS name is in, nearest first, without itself. */
function listDomains(name: string): string[] {
  const labels = name.split('.');
  return labels.slice(1).map((_, index) => labels.slice(index + 1).join('.'));
}
