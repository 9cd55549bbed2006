import type { Acceptance } from './accepted.ts';

/** Findings that are not Signet's fault, with reasons. Remove an entry when it is no longer found. */
export const ACCEPTED: readonly Acceptance[] = [
  {
    tool: 'pkilint',
    id: 'pkix.invalid_domain_name_syntax',
    severity: 'error',
    objects: /-wildcard$/,
    reason:
      'RFC 5280 section 4.2.1.6 leaves wildcards to other documents, RFC 9525 section 6.3 allows them as the whole left-most label, and the general linter knows that document not.',
  },
  {
    tool: 'pkilint',
    id: 'pkix.invalid_uri_syntax',
    severity: 'error',
    objects: /-mailbox-and-uri$/,
    reason:
      'The linter wants a scheme out of a list of its own; spiffe:// has scheme, host and path, as RFC 5280 section 4.2.1.6 wants it.',
  },
];
