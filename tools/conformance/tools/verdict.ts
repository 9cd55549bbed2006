import type { Finding } from '../findings.ts';
import type { CertificateObject, ConformanceObject } from '../objects.ts';

/** What a tool that knows yes and no said of an object: null for yes. */
export type Objection = string | null;

/** How openssl, GnuTLS, NSS and Java call it. */
const REVOKED = /revoked|REVOKED/;

/** Where lists or answers are asked, a revoked certificate has to be called so; elsewhere all are good. */
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
