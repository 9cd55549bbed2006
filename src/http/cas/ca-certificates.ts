import { SignetError } from '../../errors.ts';
import type { RevocationList } from '../../lists/revocation-list.ts';
import { parseCertificate } from '../../x509/certificate/certificate.ts';
import { requireParameter } from './authentication/acs-parameters.ts';
import { CA_STATUS, type CertifiedRecord, describeCa, nameCaType } from './describe-ca.ts';
import { findCertified, listCertified } from './find-ca.ts';
import { describePage, readPage } from './read-parameters.ts';
import type { RpcCall } from './rpc-call.ts';

/** DescribeCACertificateList: every CA that the account may use. */
export async function describeCaCertificateList(call: RpcCall) {
  const page = readPage(call.parameters);
  const isWanted = readFilter(call);
  const all = await listCertified(call);
  const wanted = all.filter(isWanted);
  const first = (page.currentPage - 1) * page.showSize;
  const lineages = all.map(({ lineageId }) => lineageId);
  const shown = await Promise.all(
    wanted.slice(first, first + page.showSize).map(async (record) => ({
      ...(await describeCa(record, lineages)),
      Alias: record.name,
    })),
  );
  call.note(`listed ${shown.length} authorities`);
  return { CertificateList: shown, ...describePage(page, wanted.length) };
}

const LIST_STATUS = { active: 'normal', disabled: 'forbidden', revoked: 'revoked' } as const;

/** GetCaInstanceCrlAddress: the address of a CA's revocation list, and a hash that shows changes. */
export async function getCrlAddress(call: RpcCall) {
  const { parameters, services } = call;
  const name =
    (parameters.get('CaIdentifier') ?? '') === '' && parameters.has('Uuid')
      ? 'Uuid'
      : 'CaIdentifier';
  const record = await findCertified(call, requireParameter(parameters, name));
  const list = await services.currentCrl(record.generationId);
  call.note(`gave the address of the list of ${record.generationId}`);
  return {
    CaInstanceStatus: LIST_STATUS[record.state],
    CaType: nameCaType(record),
    CrlUrl: `${services.config.publicationUrl}/crl/${record.generationId}.crl`,
    HashCode: await hashList(list),
    NextUpdateTime: String(list.nextUpdateSeconds * 1000),
  };
}

/** SHA-256 in lower-case hex. The list may be too long to be held in memory. */
async function hashList(list: RevocationList): Promise<string> {
  const digest = new crypto.DigestStream('SHA-256');
  const writer = digest.getWriter();
  for await (const piece of list.read()) await writer.write(piece);
  await writer.close();
  return new Uint8Array(await digest.digest).toHex();
}

type Filter = (record: CertifiedRecord) => boolean;

const BY_TYPE: Readonly<Record<string, Filter>> = {
  root: (record) => nameCaType(record) === 'ROOT',
  subRoot: (record) => nameCaType(record) === 'SUB_ROOT',
  externalCa: () => false,
};
const BY_STATUS: Readonly<Record<string, Filter>> = {
  issue: ({ state }) => CA_STATUS[state] === 'ISSUE',
  forbidden: ({ state }) => CA_STATUS[state] === 'FORBIDDEN',
  revoke: ({ state }) => CA_STATUS[state] === 'REVOKE',
};
const BY_ISSUER: Readonly<Record<string, Filter>> = {
  local: () => true,
  iTrusChina: () => false,
  external: () => false,
};

/** @throws SignetError invalid-parameter for a value that no CA can have */
function readFilter({ parameters, services }: RpcCall): Filter {
  const nowSeconds = services.clock() / 1000;
  const isValid: Filter = ({ certificateDer }) =>
    parseCertificate(certificateDer).notAfterSeconds >= nowSeconds;
  const byValidity = { valid: isValid, notValid: (record: CertifiedRecord) => !isValid(record) };
  const choose = (name: string, filters: Readonly<Record<string, Filter>>): Filter => {
    const text = parameters.get(name) ?? '';
    if (text === '') return () => true;
    const filter = Object.hasOwn(filters, text) ? filters[text] : undefined;
    if (filter !== undefined) return filter;
    const words = Object.keys(filters).join(', ');
    throw new SignetError('invalid-parameter', `${name} must be one of ${words}.`, { field: name });
  };
  const identifier = parameters.get('Identifier') ?? '';
  const filters: readonly Filter[] = [
    choose('CertType', BY_TYPE),
    choose('CaStatus', BY_STATUS),
    choose('IssuerType', BY_ISSUER),
    choose('ValidStatus', byValidity),
    ({ lineageId }) => identifier === '' || identifier === lineageId,
  ];
  return (record) => filters.every((filter) => filter(record));
}
