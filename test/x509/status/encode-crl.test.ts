import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  CRLReason,
  Extension,
  InvalidityDate,
  Name,
  RevokedCertificate as SchemaEntry,
  TBSCertList,
  Time,
} from '@peculiar/asn1-x509';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeSerialHex } from '../../../src/x509/certificate/serial-number.ts';
import { encodeNameFromText } from '../../../src/x509/names/names.ts';
import { buildTbsCertList, makeSpecimen } from '../../../src/x509/status/encode-crl.ts';
import {
  encodeRevokedEntries,
  type RevokedCertificate,
} from '../../../src/x509/status/revoked-entries.ts';

const seconds = fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) / 1000 });
const entry: fc.Arbitrary<RevokedCertificate> = fc.record({
  serialHex: fc.stringMatching(/^-?[1-9a-f][0-9a-f]{0,38}$/),
  revokedAtSeconds: seconds,
  reason: fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 8, 9, 10),
  invalidityDateSeconds: fc.option(seconds),
});
const url = fc.stringMatching(/^[a-z]{1,20}$/).map((path) => `http://ca.example/${path}.crl`);
const number = fc.maxSafeNat();
const fields = fc.record({
  signatureAlgorithmDer: fc.constant(Uint8Array.fromHex('300a06082a8648ce3d040302')),
  issuerDer: fc.constantFrom(
    encodeNameFromText('CN=CA'),
    encodeNameFromText('CN=Another CA,O=Example,C=CN'),
  ),
  thisUpdateSeconds: seconds,
  nextUpdateSeconds: seconds,
  crlNumber: number,
  authorityKeyIdentifier: fc.uint8Array({ minLength: 1, maxLength: 32 }),
  baseCrlNumber: fc.option(number, { nil: null }),
  distributionPointUrl: fc.option(url, { nil: null }),
  freshestCrlUrl: fc.option(url, { nil: null }),
  entries: fc.array(entry, { maxLength: 5 }),
});

function toSchemaEntry(input: RevokedCertificate): SchemaEntry {
  const make = (extnID: string, value: object) =>
    new Extension({ extnID, extnValue: new OctetString(AsnConvert.serialize(value)) });
  const { reason, invalidityDateSeconds, serialHex } = input;
  const extensions: Extension[] = [];
  if (reason !== 0) extensions.push(make('2.5.29.21', new CRLReason(reason)));
  if (invalidityDateSeconds !== null) {
    const date = new InvalidityDate(new Date(invalidityDateSeconds * 1000));
    extensions.push(make('2.5.29.24', date));
  }
  return new SchemaEntry({
    userCertificate: new Uint8Array(encodeSerialHex(serialHex)).buffer,
    revocationDate: new Time(new Date(input.revokedAtSeconds * 1000)),
    ...(extensions.length === 0 ? {} : { crlEntryExtensions: extensions }),
  });
}

describe('encodeRevokedEntries', () => {
  it('writes entries as the schema writes them', () => {
    fc.assert(
      fc.property(entry, (input) => {
        const expected = new Uint8Array(AsnConvert.serialize(toSchemaEntry(input)));
        expect(encodeRevokedEntries([input]).toHex()).toBe(expected.toHex());
      }),
      { numRuns: 300 },
    );
  });
});

describe('buildTbsCertList', () => {
  it('writes a CRL as the schema writes it, with the template of another CRL', () => {
    fc.assert(
      fc.property(fields, (input) => {
        const { crlExtensions = [], ...specimen } = makeSpecimen(input);
        const entries = input.entries.map(toSchemaEntry);
        const whole = new TBSCertList({
          version: 1,
          signature: AsnConvert.parse(specimen.signature, AlgorithmIdentifier),
          issuer: AsnConvert.parse(specimen.issuer, Name),
          thisUpdate: new Time(new Date(input.thisUpdateSeconds * 1000)),
          nextUpdate: new Time(new Date(input.nextUpdateSeconds * 1000)),
          ...(entries.length === 0 ? {} : { revokedCertificates: entries }),
          crlExtensions: crlExtensions.map((each) =>
            AsnConvert.parse(AsnConvert.serialize(each), Extension),
          ),
        });
        const expected = new Uint8Array(AsnConvert.serialize(whole));
        expect(buildTbsCertList(input).toHex()).toBe(expected.toHex());
      }),
      { numRuns: 300 },
    );
  });
});
