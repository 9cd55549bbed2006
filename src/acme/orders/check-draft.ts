import { SignetError } from '../../errors.ts';
import type { CertificateDraft } from '../../issuance/certificate-draft.ts';
import { readHostInCommonName } from '../../x509/names/common-name-host.ts';
import type { GeneralName } from '../../x509/names/general-names.ts';
import { listAttributes } from '../../x509/names/names.ts';
import type { Identifier } from '../acme-error.ts';

/**
 * Checks that a CSR asks for exactly what its order is for (RFC 8555 section 7.4). Extended key usages
 * of the CSR do not matter: the profile decides them.
 * @param permitsSubject whether a policy judges the attributes of the subject; without one it may have
 *   only a CN that is an identifier of the order
 * @throws SignetError bad-csr
 */
export function checkDraft(
  draft: Pick<CertificateDraft, 'subjectDer' | 'subjectAltNames'>,
  identifiers: readonly Identifier[],
  permitsSubject: boolean,
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
    if (type === 'CN') {
      const host = value === null ? null : (readHostInCommonName(value)?.name ?? null);
      if (host !== null && ordered.has(nameGeneralName(host))) continue;
      throw badCsr('The CN of the CSR must be one of the names of the order, or be left out');
    }
    if (!permitsSubject) {
      throw badCsr(`The subject of the CSR may have a CN only, and no ${type}`);
    }
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
