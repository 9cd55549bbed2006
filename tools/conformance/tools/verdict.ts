import type { Finding } from '../findings.ts';
import type { CertificateObject, ConformanceObject } from '../objects.ts';

/** The message of a tool that accepts or refuses: null if it accepts. */
export type Objection = string | null;

/** The words of openssl, GnuTLS, NSS and Java for a revoked certificate. */
const REVOKED = /revoked|REVOKED/;

/** With CRLs or OCSP a tool must call a revoked certificate revoked; without, all are good. */
export function compareVerdict(
  tool: string,
  object: CertificateObject,
  objection: Objection,
  asksRevocation: boolean,
): Finding[] {
  if (!asksRevocation || object.kind !== 'revoked leaf')
    return reportObjection(tool, object, objection);
  if (objection !== null && REVOKED.test(objection)) return [];
  return reportObjection(tool, object, objection ?? 'it accepts a revoked certificate');
}

export function reportObjection(
  tool: string,
  object: ConformanceObject,
  objection: Objection,
): Finding[] {
  if (objection === null) return [];
  const message = objection.trim().replace(/\s+/g, ' ');
  return [{ tool, object, severity: 'error', id: 'verdict', message }];
}
