import type { Page } from '../../access/page.ts';
import { authorityNotFound } from '../../authorities/read-authorities.ts';
import type { AuthorityRecord } from '../../authorities/store.ts';
import { SignetError } from '../../errors.ts';
import { parseCertificate } from '../../x509/certificate/certificate.ts';
import {
  CA_STATUS,
  type CertifiedRecord,
  describeCa,
  encodeCaChain,
  isCertified,
  nameCaType,
} from './describe-ca.ts';
import { findCa, isVisible, makeDefault } from './find-ca.ts';
import { describePage, readPage } from './read-numbers.ts';
import { type RpcCall, requireParameter } from './rpc-call.ts';

const ROWS = 100;
/** Far more authorities than a tree for people has. */
const MAX_ROUNDS = 50;

/** DescribeCACertificate: a root or a CA below one. */
export async function describeCaCertificate(call: RpcCall) {
  const record = await findCertified(call, requireParameter(call.parameters, 'Identifier'));
  const parent = record.parentId === null ? null : await findCa(call, record.parentId);
  const certificate = await describeCa(record, parent === null ? [] : [parent.current.lineageId]);
  call.note(`found ${record.lineageId}`);
  return {
    Certificate: {
      ...certificate,
      FullAlgorithm: `${certificate.Algorithm}_${certificate.KeySize}`,
      IssuerType: 'local',
      CaCertChain: encodeCaChain(record),
      CrlStatus: 'ACTIVE',
      CrlUrl: `${call.services.config.publicationUrl}/crl/${record.id}.crl`,
    },
    Years: certificate.Years,
  };
}

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

/** @throws SignetError authority-not-found, also for one that has no certificate yet */
export async function findCertified(call: RpcCall, identifier: string): Promise<CertifiedRecord> {
  const { current } = await findCa(call, identifier);
  if (isCertified(current)) return current;
  throw authorityNotFound(identifier);
}

async function listCertified({ services, principal }: RpcCall): Promise<CertifiedRecord[]> {
  await makeDefault(services);
  const found: AuthorityRecord[] = [];
  let afterId: string | null = null;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const page: Page<AuthorityRecord> = await services.authorityManager.list(principal, {
      afterId,
      limit: ROWS,
    });
    found.push(...page.items);
    afterId = page.nextAfterId;
    if (afterId === null) break;
  }
  return found.filter((record) => isVisible(record, principal)).filter(isCertified);
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

/** @throws SignetError invalid-parameter for a value that no CA could have */
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
    throw new SignetError('invalid-parameter', `${name} is one of ${words}.`, { field: name });
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
