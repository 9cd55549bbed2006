import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_DIR } from '../../scripts/project.ts';
import {
  DerError,
  encodeElement,
  encodeObjectIdentifier,
  encodeSequence,
  encodeUnsignedInteger,
  readChildren,
  TAG,
} from '../../src/asn1/der.ts';
import { OID } from '../../src/asn1/oids.ts';
import { parseCertificate } from '../../src/x509/certificate/certificate.ts';
import { parseCsr } from '../../src/x509/certificate/csr.ts';
import type { ExtensionMap } from '../../src/x509/certificate/extensions.ts';
import { READ_EXTENSION_OID } from '../../src/x509/description/extension-names.ts';
import { loosenDer } from './ber.ts';
import { attempt } from './oracle.ts';

/** Seeds for the fuzzers of DER and PEM: the tests' fixtures and parts of them. */

const FIXTURES_DIR = join(PROJECT_DIR, 'test', 'fixtures');
const PEM = /-----BEGIN ([^-]+)-----([^-]+)-----END/g;

export function readFixtures(pattern: string): Buffer[] {
  return globSync(pattern, { cwd: FIXTURES_DIR })
    .sort()
    .map((path) => readFileSync(join(FIXTURES_DIR, path)));
}

interface Block {
  readonly label: string;
  readonly der: Buffer;
}

function readBlocks(pattern: string): Block[] {
  return readFixtures(pattern).flatMap((file) =>
    [...file.toString('latin1').matchAll(PEM)].map(([, label = '', body = '']) => ({
      label,
      der: Buffer.from(body, 'base64'),
    })),
  );
}

/** Returns each input unchanged and with indefinite lengths. */
function inBothForms(ders: readonly Uint8Array[]): Uint8Array[] {
  return ders.flatMap((der) => [der, loosenDer(der)]);
}

export function requestSeeds(): Uint8Array[] {
  return inBothForms(readBlocks('csr/*.pem').map(({ der }) => der));
}

function readCertificateDers(): Buffer[] {
  return readBlocks('{inventory,description,chains/**}/*.pem')
    .filter(({ label }) => label === 'CERTIFICATE')
    .map(({ der }) => der);
}

export function certificateSeeds(): Uint8Array[] {
  return inBothForms(readCertificateDers());
}

/** Returns every CA of the chains with its issuers. */
export function caBundleSeeds(): Uint8Array[] {
  const read = (pattern: string) => readBlocks(pattern).map(({ der }) => der);
  const directories = globSync('chains/*', { cwd: FIXTURES_DIR }).sort();
  return directories.flatMap((directory) => {
    const bundles = [
      read(`${directory}/root.pem`),
      [...read(`${directory}/sub.pem`), ...read(`${directory}/{upper,root}.pem`)],
    ];
    return bundles.flatMap((ders) => [
      Buffer.concat(ders),
      Buffer.concat(ders.map((der) => loosenDer(der))),
    ]);
  });
}

export function crlSeeds(): Uint8Array[] {
  const files = readFixtures('chains/**/*.crl');
  const blocks = readBlocks('chains/**/*.crl').map(({ der }) => der);
  return inBothForms([...files.filter(([first]) => first === 0x30), ...blocks]);
}

/** Returns OCSP requests about each certificate, with one of two hashes, with and without a nonce. */
export function ocspSeeds(): Uint8Array[] {
  const questions = readCertificateDers().flatMap((der, index) => {
    const certificate = attempt(() => parseCertificate(der));
    if (certificate === null) return [];
    const hash = index % 2 === 0 ? 'sha1' : 'sha256';
    const certId = encodeSequence(
      encodeSequence(
        encodeObjectIdentifier(index % 2 === 0 ? '1.3.14.3.2.26' : '2.16.840.1.101.3.4.2.1'),
        encodeElement(TAG.null),
      ),
      encodeElement(TAG.octetString, createHash(hash).update(certificate.issuerDer).digest()),
      encodeElement(TAG.octetString, createHash(hash).update(certificate.spkiDer).digest()),
      encodeUnsignedInteger(Buffer.from(certificate.serialHex.padStart(40, '0'), 'hex')),
    );
    return [encodeSequence(certId)];
  });
  const nonce = encodeSequence(
    encodeObjectIdentifier('1.3.6.1.5.5.7.48.1.2'),
    encodeElement(TAG.octetString, encodeElement(TAG.octetString, Buffer.alloc(16, 7))),
  );
  const extensions = encodeElement(0xa2, encodeSequence(nonce));
  const lists = [
    ...questions.map((question) => [question]),
    questions.slice(0, 5),
    questions.slice(0, 25),
  ];
  return inBothForms(
    lists.flatMap((list) => [
      encodeSequence(encodeSequence(encodeSequence(...list))),
      encodeSequence(encodeSequence(encodeSequence(...list), extensions)),
    ]),
  );
}

export function pemSeeds(): Uint8Array[] {
  return readFixtures('{csr,keys,private-keys}/*.pem');
}

const KEY_LABELS = ['PRIVATE KEY', 'EC PRIVATE KEY', 'RSA PRIVATE KEY', 'ENCRYPTED PRIVATE KEY'];

export function privateKeySeeds(): Uint8Array[] {
  const texts = pemSeeds().map((pem) => Buffer.concat([Buffer.of(KEY_LABELS.length), pem]));
  const ders = readBlocks('{keys,private-keys}/*.pem').flatMap(({ label, der }) => {
    const choice = KEY_LABELS.indexOf(label);
    return choice < 0
      ? []
      : inBothForms([der]).map((form) => Buffer.concat([Buffer.of(choice), form]));
  });
  // A scalar without its leading zero, as some tools write it.
  const cut = encodeSequence(
    encodeUnsignedInteger(Uint8Array.of(1)),
    encodeElement(TAG.octetString, Buffer.alloc(31, 7)),
    encodeElement(0xa0, encodeObjectIdentifier('1.2.840.10045.3.1.7')),
  );
  const sec1 = KEY_LABELS.indexOf('EC PRIVATE KEY');
  return [...texts, ...ders, Buffer.concat([Buffer.of(sec1), cut])];
}

export function nameSeeds(): Uint8Array[] {
  const subjects = [
    ...readCertificateDers().map((der) => attempt(() => parseCertificate(der))?.subjectDer),
    ...readBlocks('csr/*.pem').map(({ der }) => attempt(() => parseCsr(der))?.subjectDer),
  ].filter((name) => name !== undefined);
  const texts = [
    'CN=Signet Root CA,O=Example,C=CN',
    'CN=a\\,b+OU=\\e4\\bd\\a0,DC=x',
    '1.2.3.4=#0c0161',
  ];
  return [...inBothForms(subjects), ...texts.map((text) => Buffer.from(text))];
}

function readExtensionMaps(): ExtensionMap[] {
  return [
    ...readCertificateDers().map((der) => attempt(() => parseCertificate(der))?.extensions),
    ...readBlocks('csr/*.pem').map(({ der }) => attempt(() => parseCsr(der))?.extensions),
  ].filter((map) => map !== undefined);
}

function readValues(oid: string): Uint8Array[] {
  return readExtensionMaps().flatMap((map) => map.get(oid)?.valueDer ?? []);
}

export function generalNameSeeds(): Uint8Array[] {
  const texts = [
    '*.example.com',
    'xn--bcher-kva.example',
    'a@example.com',
    '2001:db8::1',
    '10.0.0.1',
  ];
  const uris = ['https://u@[2001:db8::1]:8443/p?q#f', 'urn:isbn:0', 'spiffe://example.org/a'];
  return [
    ...inBothForms(readValues(OID.subjectAltName)),
    ...[...texts, ...uris].map((text) => Buffer.from(text)),
  ];
}

export function nameConstraintSeeds(): Uint8Array[] {
  const subtree = (tag: number, base: Uint8Array | string) =>
    encodeSequence(encodeElement(tag, Buffer.from(base)));
  const permitted = ['example.com', '.example.com', ''].map((base) => subtree(0x82, base));
  const excluded = [
    subtree(0x82, 'b.example.com'),
    subtree(0x81, 'a@example.com'),
    subtree(0x86, '.example.com'),
    subtree(0x87, Buffer.from('0a000000ff000000', 'hex')),
    subtree(0x87, Buffer.from(`20010db8${'00'.repeat(12)}ffffffff${'00'.repeat(12)}`, 'hex')),
  ];
  const values = [
    ...readValues(OID.nameConstraints),
    encodeSequence(encodeElement(0xa0, ...permitted), encodeElement(0xa1, ...excluded)),
    encodeSequence(encodeElement(0xa1, ...excluded)),
  ];
  const names = [
    ...['example.com', 'a.b.example.com', '*.example.com', 'a@example.com'],
    'https://a.example.com/',
  ].map((name) => Buffer.from(name));
  const addresses = [Buffer.of(10, 1, 2, 3), Buffer.from(`20010db8${'01'.repeat(12)}`, 'hex')];
  return inBothForms(values).flatMap((value) =>
    [...names, ...addresses].map((name) => Buffer.concat([Buffer.of(name.length), name, value])),
  );
}

/** Returns the values of extensions after the number of their kind. */
export function extensionSeeds(): Uint8Array[] {
  return Object.values(READ_EXTENSION_OID).flatMap((oid, number) =>
    inBothForms(readValues(oid)).map((value) => Buffer.concat([Buffer.of(number), value])),
  );
}

export function publicKeySeeds(): Uint8Array[] {
  const spkis = readCertificateDers().flatMap((der) => {
    const certificate = attempt(() => parseCertificate(der));
    return certificate === null ? [] : [certificate.spkiDer];
  });
  const ofRequests = readBlocks('csr/*.pem').flatMap(
    ({ der }) => attempt(() => parseCsr(der))?.publicKey.spkiDer ?? [],
  );
  const all = [...spkis, ...ofRequests];
  const texts = all.slice(0, 3).flatMap((der) => {
    const base64 = Buffer.from(der).toString('base64');
    const pem = `-----BEGIN PUBLIC KEY-----\n${base64}\n-----END PUBLIC KEY-----\n`;
    return [Buffer.from(pem), Buffer.from(base64)];
  });
  return [...inBothForms(all), ...texts];
}

/** Returns every element of the certificates separately. */
export function elementSeeds(): Uint8Array[] {
  const elements = new Map<string, Uint8Array>();
  for (const der of readCertificateDers()) collectElements(der, elements);
  return [...elements.values()];
}

function collectElements(der: Uint8Array, into: Map<string, Uint8Array>): void {
  for (const { tag, bytes, content } of attempt(() => readChildren(der), DerError) ?? []) {
    if (bytes.length < 400) into.set(Buffer.from(bytes).toString('hex'), bytes);
    if ((tag & 0x20) !== 0) collectElements(content, into);
  }
}
