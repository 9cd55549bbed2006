import type {
  CertificateDescription,
  CsrDescription,
  ExtensionDescription,
  GeneralNameDescription,
} from './description.ts';
import { extensionLines } from './extension-text.ts';
import { generalNameText } from './text-parts.ts';

/** What a certificate has otherwise than its CSR asks for. */
export interface CsrDifference {
  readonly change: 'added' | 'left-out' | 'changed';
  /** `subject`, `validity`, the name or OID of an extension, or that of an attribute of the CSR. */
  readonly part: string;
  /** A sentence or two for people, with deceptive characters escaped. */
  readonly message: string;
}

const NAMES = 'subjectAltName';

/** Lists what the issuer has left out, added and changed. The key is always that of the CSR. */
export function compareWithCsr(
  csr: CsrDescription,
  certificate: CertificateDescription,
): CsrDifference[] {
  return [
    ...compareSubjects(csr.subject.text, certificate.subject.text),
    ...compareNames(csr, certificate),
    ...compareExtensions(csr.extensions, certificate.extensions),
    ...csr.attributes.map(({ oid, name }): CsrDifference => {
      const part = name ?? oid;
      return {
        change: 'left-out',
        part,
        message: `The CSR has the attribute ${part}. Certificates have no such attributes.`,
      };
    }),
  ];
}

function compareSubjects(asked: string, given: string): CsrDifference[] {
  if (asked === given) return [];
  const message = `The CSR has the subject "${asked}". The certificate gets "${given}".`;
  return [{ change: 'changed', part: 'subject', message }];
}

function compareNames(csr: CsrDescription, certificate: CertificateDescription): CsrDifference[] {
  const asked = findNames(csr.extensions);
  const given = findNames(certificate.extensions);
  const isIn = (names: readonly GeneralNameDescription[], name: GeneralNameDescription) =>
    names.some((each) => nameKey(each) === nameKey(name));
  const leftOut = asked.filter((name) => !isIn(given, name));
  const added = given.filter((name) => !isIn(asked, name));
  return [
    ...leftOut.map((name): CsrDifference => {
      const message = `The CSR asks for ${generalNameText(name)}. The certificate does not get it.`;
      return { change: 'left-out', part: NAMES, message };
    }),
    ...added.map((name): CsrDifference => {
      const origin = isCommonName(name, certificate)
        ? ' It is the common name of the subject.'
        : '';
      const message = `The certificate gets ${generalNameText(name)}, which the CSR does not ask for.${origin}`;
      return { change: 'added', part: NAMES, message };
    }),
  ];
}

function findNames(extensions: readonly ExtensionDescription[]): GeneralNameDescription[] {
  return extensions.flatMap((extension) =>
    extension.name === NAMES ? (extension.value ?? []) : [],
  );
}

/** Hosts are compared without case. */
function nameKey({ kind, value }: GeneralNameDescription): string {
  return `${kind}:${kind === 'dns' ? value.toLowerCase() : value}`;
}

function isCommonName(
  { value }: GeneralNameDescription,
  { subject }: CertificateDescription,
): boolean {
  return subject.attributes.some(
    (attribute) =>
      attribute.type === 'CN' && attribute.value?.toLowerCase() === value.toLowerCase(),
  );
}

function compareExtensions(
  asked: readonly ExtensionDescription[],
  given: readonly ExtensionDescription[],
): CsrDifference[] {
  const differences: CsrDifference[] = [];
  const find = (list: readonly ExtensionDescription[], { oid }: ExtensionDescription) =>
    list.find((each) => each.oid === oid);
  for (const extension of asked) {
    const part = extension.name ?? extension.oid;
    const got = find(given, extension);
    // Names that cannot be read are not compared one by one.
    if (part === NAMES && extension.value !== null) continue;
    const wish = `The CSR asks for ${part}: ${valueText(extension)}.`;
    if (got === undefined) {
      const message = `${wish} The certificate does not get it.`;
      differences.push({ change: 'left-out', part, message });
    } else if (got.hex !== extension.hex) {
      const message = `${wish} The certificate gets: ${valueText(got)}.`;
      differences.push({ change: 'changed', part, message });
    }
  }
  for (const extension of given) {
    const part = extension.name ?? extension.oid;
    if (part === NAMES || find(asked, extension) !== undefined) continue;
    const value = extension.value === null ? '' : `: ${valueText(extension)}`;
    const message = `The certificate gets ${part}, which the CSR does not ask for${value}.`;
    differences.push({ change: 'added', part, message });
  }
  return differences;
}

/** The lines of the text form as one. A line that ends with a colon belongs to the next one. */
function valueText(extension: ExtensionDescription): string {
  const [, ...lines] = extensionLines(extension);
  return lines
    .map((line) => line.trim())
    .join(', ')
    .replaceAll(':, ', ': ');
}
