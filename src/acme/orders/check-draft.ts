import { SignetError } from '../../errors.ts';
import type { CertificateDraft } from '../../issuance/certificate-draft.ts';
import { readHostInCommonName } from '../../x509/names/common-name-host.ts';
import type { GeneralName } from '../../x509/names/general-names.ts';
import { listAttributes } from '../../x509/names/names.ts';
import type { Identifier } from '../acme-error.ts';

/**
 * Checks that a CSR asks for exactly what its order is for (RFC 8555 section 7.4). Extended key usages
 * of the CSR do not matter: the profile decides them. For the rest of the subject see chooseSubject.
 * @throws SignetError bad-csr
 */
export function checkDraft(
  draft: Pick<CertificateDraft, 'subjectDer' | 'subjectAltNames'>,
  identifiers: readonly Identifier[],
): void {
  const ordered = new Set(identifiers.map(nameIdentifier));
  const asked = draft.subjectAltNames.map(nameGeneralName);
  const extra = asked.find((name) => !ordered.has(name));
  if (extra !== undefined) throw badCsr(`The CSR has a name that is not in the order: ${extra}`);
  const missing = identifiers.find((each) => !asked.includes(nameIdentifier(each)));
  if (missing !== undefined) {
    throw badCsr(`The CSR lacks a name of the order: ${nameIdentifier(missing)}`);
  }
  for (const { type, value } of listAttributes(draft.subjectDer)) {
    if (type !== 'CN') continue;
    const host = value === null ? null : (readHostInCommonName(value)?.name ?? null);
    if (host !== null && ordered.has(nameGeneralName(host))) continue;
    throw badCsr('The CN of the CSR must be one of the names of the order, or be left out');
  }
}

function nameIdentifier({ type, value }: Identifier): string {
  return `${type}:${value}`;
}

function nameGeneralName({ kind, value }: GeneralName): string {
  return `${kind}:${kind === 'dns' ? value.toLowerCase() : value}`;
}

export function badCsr(message: string): SignetError {
  return new SignetError('bad-csr', `${message}.`, { field: 'csr' });
}
