import {
  AuthorityKeyIdentifier,
  BaseCRLNumber,
  CRLNumber,
  DistributionPoint,
  DistributionPointName,
  FreshestCRL,
  GeneralName,
  IssuingDistributionPoint,
  KeyIdentifier,
} from '@peculiar/asn1-x509';
import { TbsCertList } from '../../asn1/crl-schema.ts';
import { encodeElement, encodeElementHeader, encodeUnsignedInteger, TAG } from '../../asn1/der.ts';
import { Extension } from '../../asn1/extension-schema.ts';
import { serialize } from '../../asn1/parse-strict.ts';
import {
  type CrlTemplate,
  type FilledExtensions,
  fillCrlExtensions,
  makeCrlTemplate,
} from '../../asn1/template.ts';
import { encodeTime } from '../../asn1/time.ts';
import { concatBytes, equalBytes, numberToBytes } from '../../bytes.ts';
import { encodeRevokedEntries, type RevokedCertificate } from './revoked-entries.ts';

export interface CertListFields {
  readonly signatureAlgorithmDer: Uint8Array;
  /** The CA's subject, byte for byte. */
  readonly issuerDer: Uint8Array;
  /** Unix seconds. */
  readonly thisUpdateSeconds: number;
  readonly nextUpdateSeconds: number;
  readonly crlNumber: number;
  /** The CA's subject key identifier: the bytes alone. */
  readonly authorityKeyIdentifier: Uint8Array;
  /** For a delta CRL: the number of its base CRL. */
  readonly baseCrlNumber?: number | null;
  /** For a CRL of some certificates: the URL in their distribution points, and in no others. */
  readonly distributionPointUrl?: string | null;
  /** The URL of the delta CRL for this CRL. */
  readonly freshestCrlUrl?: string | null;
}

export interface WholeCertListFields extends CertListFields {
  /** In their final order. */
  readonly entries: readonly RevokedCertificate[];
}

const AUTHORITY_KEY_IDENTIFIER_OID = '2.5.29.35';
const CRL_NUMBER_OID = '2.5.29.20';
const DELTA_CRL_INDICATOR_OID = '2.5.29.27';
const ISSUING_DISTRIBUTION_POINT_OID = '2.5.29.28';
const FRESHEST_CRL_OID = '2.5.29.46';

const NO_BYTES = new Uint8Array(0);

/**
 * Writes what comes before and after the entries of a TBSCertList v2 (RFC 5280 section 5.1.2). Head,
 * entries and tail joined are its DER, so that a long CRL can be put together from stored entries.
 * @param entriesLength of all entries in DER; 0 for none
 */
export function encodeCertListFrame(
  fields: CertListFields,
  entriesLength: number,
): { readonly headDer: Uint8Array<ArrayBuffer>; readonly tailDer: Uint8Array<ArrayBuffer> } {
  const template = findTemplate(fields);
  const before = concatBytes(
    template.headDer,
    encodeTime(fields.thisUpdateSeconds),
    encodeTime(fields.nextUpdateSeconds),
    // Without entries, revokedCertificates is absent (section 5.1.2.6).
    entriesLength === 0 ? NO_BYTES : encodeElementHeader(TAG.sequence, entriesLength),
  );
  const tailDer = fillCrlExtensions(template, fillNumbers(fields));
  const length = before.length + entriesLength + tailDer.length;
  return { headDer: concatBytes(encodeElementHeader(TAG.sequence, length), before), tailDer };
}

/** Writes a whole TBSCertList. */
export function buildTbsCertList(fields: WholeCertListFields): Uint8Array<ArrayBuffer> {
  const entriesDer = encodeRevokedEntries(fields.entries);
  const { headDer, tailDer } = encodeCertListFrame(fields, entriesDer.length);
  return concatBytes(headDer, entriesDer, tailDer);
}

function fillNumbers({ crlNumber, baseCrlNumber = null }: CertListFields): FilledExtensions {
  const filled = new Map([[CRL_NUMBER_OID, fillNumber(crlNumber, false)]]);
  if (baseCrlNumber !== null) filled.set(DELTA_CRL_INDICATOR_OID, fillNumber(baseCrlNumber, true));
  return filled;
}

function fillNumber(number: number, critical: boolean) {
  return { critical, valueDer: encodeUnsignedInteger(numberToBytes(number)) };
}

interface KnownTemplate {
  readonly fields: CertListFields;
  readonly template: CrlTemplate;
}

/** By the issuer's name as the caller holds it, then by the URLs and the kind of CRL. */
const templates = new WeakMap<Uint8Array, Map<string, KnownTemplate>>();
/** An authority has two CRLs for each partition. */
const MAX_TEMPLATES = 200;

function findTemplate(fields: CertListFields): CrlTemplate {
  const { baseCrlNumber = null, distributionPointUrl = null, freshestCrlUrl = null } = fields;
  const key = JSON.stringify([baseCrlNumber !== null, distributionPointUrl, freshestCrlUrl]);
  let ofIssuer = templates.get(fields.issuerDer);
  if (ofIssuer === undefined) {
    ofIssuer = new Map();
    templates.set(fields.issuerDer, ofIssuer);
  }
  const known = ofIssuer.get(key);
  if (known !== undefined && isSameIssuer(known.fields, fields)) return known.template;
  const template = makeCrlTemplate(serialize(makeSpecimen(fields)));
  if (ofIssuer.size >= MAX_TEMPLATES) ofIssuer.clear();
  ofIssuer.set(key, { fields, template });
  return template;
}

function isSameIssuer(a: CertListFields, b: CertListFields): boolean {
  return (
    equalBytes(a.signatureAlgorithmDer, b.signatureAlgorithmDer) &&
    equalBytes(a.authorityKeyIdentifier, b.authorityKeyIdentifier)
  );
}

/** The whole list without entries, for the schema to write. */
export function makeSpecimen(fields: CertListFields): TbsCertList {
  const specimen = new TbsCertList();
  specimen.version = 1;
  specimen.signature = fields.signatureAlgorithmDer;
  specimen.issuer = fields.issuerDer;
  specimen.thisUpdate = encodeTime(fields.thisUpdateSeconds);
  const nextUpdate = encodeTime(fields.nextUpdateSeconds);
  if (nextUpdate[0] === TAG.utcTime) specimen.nextUpdateUtc = nextUpdate;
  else specimen.nextUpdateGeneralized = nextUpdate;
  specimen.crlExtensions = makeExtensions(fields);
  return specimen;
}

/** RFC 5280 section 5.2. */
function makeExtensions(fields: CertListFields): Extension[] {
  const { baseCrlNumber = null, distributionPointUrl = null, freshestCrlUrl = null } = fields;
  const keyIdentifier = new KeyIdentifier(fields.authorityKeyIdentifier);
  const extensions = [
    extension(AUTHORITY_KEY_IDENTIFIER_OID, false, new AuthorityKeyIdentifier({ keyIdentifier })),
    extension(CRL_NUMBER_OID, false, new CRLNumber(fields.crlNumber)),
  ];
  if (baseCrlNumber !== null) {
    extensions.push(extension(DELTA_CRL_INDICATOR_OID, true, new BaseCRLNumber(baseCrlNumber)));
  }
  if (distributionPointUrl !== null) {
    const distributionPoint = fullName(distributionPointUrl);
    const value = new IssuingDistributionPoint({ distributionPoint });
    extensions.push(extension(ISSUING_DISTRIBUTION_POINT_OID, true, value));
  }
  if (freshestCrlUrl !== null) {
    const distributionPoint = fullName(freshestCrlUrl);
    const value = new FreshestCRL([new DistributionPoint({ distributionPoint })]);
    extensions.push(extension(FRESHEST_CRL_OID, false, value));
  }
  return extensions;
}

function extension(extnID: string, critical: boolean, value: object): Extension {
  const extnValue = encodeElement(TAG.octetString, serialize(value));
  return Object.assign(new Extension(), { extnID, critical, extnValue });
}

function fullName(url: string): DistributionPointName {
  return new DistributionPointName({
    fullName: [new GeneralName({ uniformResourceIdentifier: url })],
  });
}
