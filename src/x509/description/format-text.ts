import { CURVES, KEY_NAMES } from '../keys/algorithms.ts';
import type {
  AlgorithmDescription,
  CertificateDescription,
  CsrAttributeDescription,
  CsrDescription,
  ExtensionDescription,
  PublicKeyDescription,
} from './description.ts';
import { extensionLines } from './extension-text.ts';
import { escapeText, hexLines, indent, nameText, timeText, withColons } from './text-parts.ts';

/**
 * The text form of certificates and CSRs, with the lines of `openssl x509 -text` and `openssl req -text`.
 * It differs where openssl shows less or what deceives: names are UTF-8 and escaped as in RFC 4514,
 * deceptive characters and commas in alternative names are escaped, unknown extensions are in hex.
 */

const KEY_BYTES_IN_LINE = 15;
const SIGNATURE_BYTES_IN_LINE = 18;

/** Formats a certificate, or one that is not issued yet, without serial number and signature. */
export function formatCertificateText(certificate: CertificateDescription): string {
  const { version, issuer, subject, notBefore, notAfter, signatureAlgorithm } = certificate;
  return join([
    'Certificate:',
    '    Data:',
    ...indent(
      [
        `Version: ${version} (0x${version - 1})`,
        ...serialLines(certificate.serial),
        ...algorithmLines(signatureAlgorithm),
        `Issuer: ${nameText(issuer)}`,
        'Validity',
        `    Not Before: ${timeText(notBefore)}`,
        `    Not After : ${timeText(notAfter)}`,
        `Subject: ${nameText(subject)}`,
        ...keyLines(certificate.publicKey),
        ...extensionsLines('X509v3 extensions:', certificate.extensions),
      ],
      8,
    ),
    ...signatureLines(signatureAlgorithm, certificate.signature),
  ]);
}

/** Formats a CSR. */
export function formatCsrText(csr: CsrDescription): string {
  const { version, subject, publicKey, extensions, attributes, signatureAlgorithm } = csr;
  const isEmpty = extensions.length + attributes.length === 0;
  return join([
    'Certificate Request:',
    '    Data:',
    ...indent(
      [
        `Version: ${version} (0x${version - 1})`,
        `Subject: ${nameText(subject)}`,
        ...keyLines(publicKey),
        'Attributes:',
        ...indent(
          [
            ...(isEmpty ? ['(none)'] : []),
            ...attributes.map(attributeText),
            ...extensionsLines('Requested Extensions:', extensions),
          ],
          4,
        ),
      ],
      8,
    ),
    ...signatureLines(signatureAlgorithm, csr.signature),
  ]);
}

function join(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** openssl writes up to 8 bytes as a number. */
const LARGEST_NUMBER = 2n ** 63n - 1n;

function serialLines(serialHex: string | null): string[] {
  if (serialHex === null) return [];
  const digits = serialHex.replace('-', '');
  const sign = serialHex.startsWith('-') ? '-' : '';
  const number = BigInt(`0x${digits}`);
  if (number <= LARGEST_NUMBER) {
    return [`Serial Number: ${sign}${number} (${sign}0x${digits})`];
  }
  const bytes = withColons(digits.padStart(digits.length + (digits.length % 2), '0'));
  return ['Serial Number:', `    ${sign === '' ? '' : ' (Negative)'}${bytes}`];
}

function algorithmLines({ oid, name, pss }: AlgorithmDescription): string[] {
  const title = `Signature Algorithm: ${KEY_NAMES[oid]?.opensslName ?? name ?? oid}`;
  return [title, ...(pss === null ? [] : pssLines(pss))];
}

function pssLines({ hash, saltLength }: NonNullable<AlgorithmDescription['pss']>): string[] {
  const name = hash.replace('-', '').toLowerCase();
  return [
    `Hash Algorithm: ${name}`,
    `Mask Algorithm: mgf1 with ${name}`,
    ` Salt Length: 0x${saltLength.toString(16).toUpperCase().padStart(2, '0')}`,
    'Trailer Field: 0x01 (default)',
  ];
}

function keyLines(key: PublicKeyDescription): string[] {
  const { oid, algorithm, bits, modulus, exponent } = key;
  const name = KEY_NAMES[oid]?.opensslName ?? algorithm ?? oid;
  const lines =
    modulus === null
      ? [
          // A key of this algorithm has one size only, and openssl does not show it.
          key.curve === null ? `${name} Public-Key:` : `Public-Key:${sizeText(bits)}`,
          'pub:',
          ...indent(hexLines(key.key ?? '', KEY_BYTES_IN_LINE), 4),
          ...curveLines(key.curve),
        ]
      : [
          `Public-Key:${sizeText(bits)}`,
          'Modulus:',
          ...indent(hexLines(withSignByte(modulus), KEY_BYTES_IN_LINE), 4),
          exponentText(exponent ?? ''),
        ];
  return [
    'Subject Public Key Info:',
    ...indent([`Public Key Algorithm: ${name}`, ...indent(lines, 4)], 4),
  ];
}

function sizeText(bits: number | null): string {
  return bits === null ? '' : ` (${bits} bit)`;
}

function withSignByte(hex: string): string {
  return Number.parseInt(hex.slice(0, 2), 16) >= 0x80 ? `00${hex}` : hex;
}

/** openssl writes only small exponents as a number. */
function exponentText(decimal: string): string {
  return `Exponent: ${decimal} (0x${BigInt(decimal).toString(16)})`;
}

function curveLines(curve: string | null): string[] {
  if (curve === null) return [];
  const known = CURVES.find(({ namedCurve }) => namedCurve === curve);
  return [
    `ASN1 OID: ${known?.opensslName ?? curve}`,
    ...(known === undefined ? [] : [`NIST CURVE: ${known.namedCurve}`]),
  ];
}

function extensionsLines(title: string, extensions: readonly ExtensionDescription[]): string[] {
  if (extensions.length === 0) return [];
  return [title, ...indent(extensions.flatMap(extensionLines), 4)];
}

const ATTRIBUTE_COLUMNS = 25;

function attributeText({ oid, name, values }: CsrAttributeDescription): string {
  return `${(name ?? oid).padEnd(ATTRIBUTE_COLUMNS)}:${values.map(escapeText).join(', ')}`;
}

function signatureLines(algorithm: AlgorithmDescription, signature: string | null): string[] {
  if (signature === null) return [];
  const [title = '', ...parameters] = algorithmLines(algorithm);
  return [
    ...indent([title, 'Signature Value:', ...indent(parameters, 4)], 4),
    ...indent(hexLines(signature, SIGNATURE_BYTES_IN_LINE), 8),
  ];
}
