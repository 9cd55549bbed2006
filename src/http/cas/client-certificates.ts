import { SignetError } from '../../errors.ts';
import type { IdentifiedCertificate } from '../../issuance/identified-certificates.ts';
import { requireParameter } from './authentication/acs-parameters.ts';
import { encodeCompleteChain } from './describe-ca.ts';
import { describeCertificate, describeLeaf } from './describe-certificate.ts';
import { describePage, readPage } from './read-parameters.ts';
import type { RpcCall } from './rpc-call.ts';

/** DescribeClientCertificate: a leaf by its identifier. */
export async function describeClientCertificate(call: RpcCall) {
  const found = await findLeaf(call);
  call.note(`found ${found.certificate.serialHex}`);
  const { certificateDer, authorityId } = found.certificate;
  const described = await describe(call, found);
  if (certificateDer === null) return { Certificate: described };
  const issuer = await call.services.openAuthority(authorityId);
  return {
    Certificate: {
      ...described,
      FullAlgorithm: (await describeCertificate(certificateDer)).fullAlgorithm,
      CertChain: encodeCompleteChain(certificateDer, [issuer.certificateDer, ...issuer.chainDer]),
      // No certificate is copied to the vendor's certificate store.
      UploadFlag: 0,
    },
  };
}

/** ListClientCertificate: all of the account, newest first, or one by its identifier. */
export async function listClientCertificate(call: RpcCall) {
  const { parameters, services, principal } = call;
  const page = readPage(parameters);
  const identifier = parameters.get('Identifier') ?? '';
  const offset = (page.currentPage - 1) * page.showSize;
  const { certificates, total } =
    identifier === ''
      ? await services.listIdentified({ offset, limit: page.showSize }, principal)
      : toList(await services.findIdentified(identifier, principal));
  call.note(`listed ${certificates.length} certificates`);
  return {
    CertificateList: await Promise.all(certificates.map((found) => describe(call, found))),
    ...describePage(page, total),
  };
}

/** CreateRevokeClientCertificate: permanently. */
export async function revokeClientCertificate(call: RpcCall) {
  const { authorityId, serialHex } = (await findLeaf(call)).certificate;
  await call.services.revokeCertificate({
    authorityId,
    serialHex,
    reason: 'unspecified',
    invalidityDateSeconds: null,
    principal: call.principal,
    request: call.requestContext,
  });
  call.note(`revoked ${serialHex}`);
  return {};
}

function toList(found: IdentifiedCertificate | null) {
  const certificates = found === null || !isLeaf(found) ? [] : [found];
  return { certificates, total: certificates.length };
}

async function findLeaf(call: RpcCall): Promise<IdentifiedCertificate> {
  const identifier = requireParameter(call.parameters, 'Identifier');
  const found = await call.services.findIdentified(identifier, call.principal);
  if (found !== null && isLeaf(found)) return found;
  throw new SignetError(
    'certificate-not-found',
    'There is no client or server certificate with this identifier.',
    { field: 'Identifier' },
  );
}

function isLeaf({ certificate }: IdentifiedCertificate): boolean {
  return certificate.profile !== 'external-sub-ca';
}

async function describe(call: RpcCall, found: IdentifiedCertificate) {
  const { identifier, customIdentifier, certificate } = found;
  // Mostly in memory already.
  const { lineageId } = await call.services.openAuthority(certificate.authorityId);
  return {
    Id: numberIdentifier(identifier),
    Identifier: identifier,
    ...(customIdentifier === null ? {} : { CustomIdentifier: customIdentifier }),
    ParentIdentifier: lineageId,
    Status: certificate.revocation === null ? 'ISSUE' : 'REVOKE',
    ...(await describeLeaf(certificate)),
  };
}

/** The vendor numbers certificates too. The first 48 random bits of the UUID are such a number. */
function numberIdentifier(identifier: string): number {
  return Number.parseInt(identifier.replaceAll('-', '').slice(0, 12), 16);
}
