import { parseProfiles } from '../../issuance/profiles.ts';
import { requireParameter } from './authentication/acs-parameters.ts';
import { describeCa, encodeCompleteChain } from './describe-ca.ts';
import { countYears, describeCertificate, describeEntry } from './describe-certificate.ts';
import { findCa, findCertified } from './find-ca.ts';
import { findExternalCa, isExternalIdentifier } from './find-external-ca.ts';
import type { RpcCall } from './rpc-call.ts';

const DAY_SECONDS = 86400;
/** The number of certificates has no limit; the vendor's clients read an integer. */
const UNLIMITED = 2 ** 31 - 1;

/** DescribeCACertificate: a CA here, or the certificate of a CA run elsewhere. */
export async function describeCaCertificate(call: RpcCall) {
  const identifier = requireParameter(call.parameters, 'Identifier');
  const described = isExternalIdentifier(identifier)
    ? await describeExternal(call, identifier)
    : await describeOwn(call, identifier);
  call.note(`found ${identifier}`);
  return { Certificate: described, Years: described.Years };
}

async function describeOwn(call: RpcCall, identifier: string) {
  const { config, countIdentified, listGenerations } = call.services;
  const record = await findCertified(call, identifier);
  const parent = record.parentId === null ? null : await findCa(call, record.parentId);
  const profiles =
    record.profilesJson === null ? config.profiles : parseProfiles(JSON.parse(record.profilesJson));
  const generations = await listGenerations(record.lineageId);
  const issued = await countIdentified(generations, call.principal);
  return {
    ...(await describeCa(record, parent === null ? [] : [parent.current.lineageId])),
    FullAlgorithm: (await describeCertificate(record.certificateDer)).fullAlgorithm,
    IssuerType: 'local',
    CaCertChain: encodeCompleteChain(record.certificateDer, record.chainDer),
    CertTotalCount: UNLIMITED,
    CertIssuedCount: issued,
    CertRemainingCount: UNLIMITED - issued,
    CertMaxTime: Math.max(
      ...Array.from(profiles.values(), ({ validitySeconds }) =>
        Math.ceil(validitySeconds / DAY_SECONDS),
      ),
    ),
    CrlDay: Math.max(1, Math.floor(config.crlLifetimeSeconds / DAY_SECONDS)),
    CrlStatus: 'ACTIVE',
    CrlUrl: `${config.publicationUrl}/crl/${record.generationId}.crl`,
  };
}

/** Without what only the CA itself knows: its CRL and what it issues. */
async function describeExternal(call: RpcCall, identifier: string) {
  const recorded = await findExternalCa(call, identifier);
  const { certificateDer, revocation } = recorded;
  const issuer = await call.services.openAuthority(recorded.authorityId);
  const common = {
    Identifier: identifier,
    ParentIdentifier: issuer.lineageId,
    CertificateType: 'SUB_ROOT',
    Status: revocation === null ? 'ISSUE' : 'REVOKE',
    IssuerType: 'local',
  };
  if (certificateDer === null) {
    const { Days: _, ...fields } = describeEntry(recorded);
    return { ...common, ...fields, Years: countYears(recorded) };
  }
  const { fields, years, fullAlgorithm } = await describeCertificate(certificateDer);
  return {
    ...common,
    ...fields,
    Years: years,
    FullAlgorithm: fullAlgorithm,
    CaCertChain: encodeCompleteChain(certificateDer, [issuer.certificateDer, ...issuer.chainDer]),
  };
}
