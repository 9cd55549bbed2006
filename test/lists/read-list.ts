import { AsnConvert } from '@peculiar/asn1-schema';
import {
  CertificateList,
  CRLDistributionPoints,
  CRLReason,
  type DistributionPointName,
  InvalidityDate,
  IssuingDistributionPoint,
  id_ce_cRLNumber,
  id_ce_cRLReasons,
  id_ce_deltaCRLIndicator,
  id_ce_freshestCRL,
  id_ce_invalidityDate,
  id_ce_issuingDistributionPoint,
} from '@peculiar/asn1-x509';
import { readChildren, readOnly, readUnsignedInteger, TAG } from '../../src/asn1/der.ts';

/** Reads a list or delta list with a schema library, independently of the code that wrote it. */
export function readList(crlDer: Uint8Array) {
  const { tbsCertList, signature } = AsnConvert.parse(crlDer, CertificateList);
  const extensions = new Map(
    (tbsCertList.crlExtensions ?? []).map((extension) => [extension.extnID, extension]),
  );
  const value = (oid: string) => extensions.get(oid)?.extnValue.buffer ?? null;
  const number = (oid: string) => {
    const der = value(oid);
    return der === null
      ? null
      : Number.parseInt(
          readUnsignedInteger(readOnly(new Uint8Array(der), TAG.integer)).toHex(),
          16,
        );
  };
  const idp = value(id_ce_issuingDistributionPoint);
  const freshest = value(id_ce_freshestCRL);
  const [tbs] = readChildren(readOnly(crlDer, TAG.sequence).content);
  if (tbs === undefined) throw new Error('no tbsCertList');
  return {
    tbsDer: tbs.bytes,
    signature: new Uint8Array(signature),
    issuerDer: new Uint8Array(AsnConvert.serialize(tbsCertList.issuer)),
    number: number(id_ce_cRLNumber),
    baseNumber: number(id_ce_deltaCRLIndicator),
    distributionPointUrl:
      idp === null
        ? null
        : readUrl(AsnConvert.parse(idp, IssuingDistributionPoint).distributionPoint),
    freshestCrlUrl:
      freshest === null
        ? null
        : readUrl(AsnConvert.parse(freshest, CRLDistributionPoints)[0]?.distributionPoint),
    criticalOids: [...extensions.values()]
      .filter(({ critical }) => critical)
      .map(({ extnID }) => extnID),
    thisUpdateSeconds: tbsCertList.thisUpdate.getTime().getTime() / 1000,
    nextUpdateSeconds: (tbsCertList.nextUpdate?.getTime().getTime() ?? Number.NaN) / 1000,
    entries: (tbsCertList.revokedCertificates ?? []).map((entry) => {
      const entryValue = (oid: string) =>
        entry.crlEntryExtensions?.find(({ extnID }) => extnID === oid)?.extnValue.buffer ?? null;
      const reason = entryValue(id_ce_cRLReasons);
      const date = entryValue(id_ce_invalidityDate);
      return {
        serialHex: new Uint8Array(entry.userCertificate).toHex().replace(/^0+(?=.)/, ''),
        revokedAtSeconds: entry.revocationDate.getTime().getTime() / 1000,
        reason: reason === null ? 0 : Number(AsnConvert.parse(reason, CRLReason).reason),
        invalidityDateSeconds:
          date === null ? null : AsnConvert.parse(date, InvalidityDate).value.getTime() / 1000,
      };
    }),
  };
}

function readUrl(name: DistributionPointName | undefined): string | null {
  return name?.fullName?.[0]?.uniformResourceIdentifier ?? null;
}
