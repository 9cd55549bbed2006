import { equalBytes } from '../bytes.ts';
import { SignetError } from '../errors.ts';
import type { Certificate } from '../x509/certificate/certificate.ts';
import { agreeOnKeyIdentifier } from '../x509/keys/historic-signature.ts';
import { formatName } from '../x509/names/names.ts';
import { isSelfIssued, isSelfSigned } from '../x509/path/chain.ts';
import { listChainMarks } from './chain-marks.ts';
import {
  type IssuerLink,
  type IssuerLinks,
  isNamedIssuer,
  linkIssuers,
  proveLink,
} from './link-issuers.ts';
import type { Mark } from './store.ts';

export interface OrderedChain {
  /**
   * The best path, issuer first, then the certificates of other paths, the nearest to the leaf first.
   * The root may be missing.
   */
  readonly chain: readonly Certificate[];
  /** What a verifier may refuse in the best path. */
  readonly marks: readonly Mark[];
}

/**
 * Orders the issuers of `leaf` by name and signature. Each of `others` must have issued the leaf or
 * another issuer on some path (RFC 4158): a bundle may hold a root and its cross-certificate, or an old
 * and a renewed certificate of a CA. The best path must not contain a loop.
 * @param others without duplicates, in any order
 * @throws SignetError malformed-chain; malformed-certificate for the self-signature of `leaf`
 */
export async function orderChain(
  leaf: Certificate,
  others: readonly Certificate[],
  nowSeconds: number,
): Promise<OrderedChain> {
  const links = await linkIssuers(leaf, others);
  for (const other of others) if (!links.has(other)) throw refuseStranger(other, links);
  await refuseBrokenRoots(leaf, links);
  const { path, marks } = chooseBest(leaf, links, nowSeconds);
  await refuseLoop([leaf, ...path]);
  const rest = [...links.keys()].filter((issuer) => issuer !== leaf && !path.includes(issuer));
  return { chain: [...path, ...rest], marks };
}

interface RankedPath {
  readonly path: readonly Certificate[];
  readonly marks: readonly Mark[];
}

function chooseBest(leaf: Certificate, links: IssuerLinks, nowSeconds: number): RankedPath {
  const ranked = listPaths(leaf, links, []).map((path) => ({
    path: path.map(({ issuer }) => issuer),
    marks: listChainMarks(path, nowSeconds),
  }));
  return ranked.reduce((best, next) => (isBetter(next, best) ? next : best));
}

/** Every path up to a certificate without a further issuer. No path has the same key twice. */
function listPaths(
  leaf: Certificate,
  links: IssuerLinks,
  below: readonly IssuerLink[],
): readonly (readonly IssuerLink[])[] {
  const last = below.at(-1)?.issuer ?? leaf;
  const onPath = [leaf, ...below.map(({ issuer }) => issuer)];
  const next = (links.get(last) ?? []).filter(
    ({ issuer }) => !onPath.some(({ spkiDer }) => equalBytes(spkiDer, issuer.spkiDer)),
  );
  return next.length === 0
    ? [below]
    : next.flatMap((link) => listPaths(leaf, links, [...below, link]));
}

/** Fewer marks, then a root at its end, then the longer validity, then fewer certificates. */
function isBetter(a: RankedPath, b: RankedPath): boolean {
  const differences = [
    b.marks.length - a.marks.length,
    Number(endsInRoot(a)) - Number(endsInRoot(b)),
    findEnd(a) - findEnd(b),
    b.path.length - a.path.length,
  ];
  return (differences.find((difference) => difference !== 0) ?? 0) > 0;
}

function endsInRoot({ path }: RankedPath): boolean {
  const last = path.at(-1);
  return last !== undefined && isSelfIssued(last);
}

function findEnd({ path }: RankedPath): number {
  return Math.min(...path.map(({ notAfterSeconds }) => notAfterSeconds));
}

/**
 * Refuses self-issued certificates that no key signed which their key identifiers allow. The
 * certificate of a re-keyed root by its old key names another key.
 */
async function refuseBrokenRoots(leaf: Certificate, links: IssuerLinks): Promise<void> {
  for (const [certificate, issuers] of links) {
    if (issuers.length > 0 || !isSelfIssued(certificate)) continue;
    if (!agreeOnKeyIdentifier(certificate, certificate)) continue;
    if (await isSelfSigned(certificate)) continue;
    if (certificate !== leaf) {
      throw refuse(
        `${describe(certificate)} is damaged or was changed: its self-signature does not verify.`,
      );
    }
    throw new SignetError(
      'malformed-certificate',
      'The certificate is damaged or was changed: its self-signature does not verify.',
      { field: 'certificate' },
    );
  }
}

/** @param path leaf first */
async function refuseLoop(path: readonly Certificate[]): Promise<void> {
  const last = path.at(-1);
  for (const below of path.slice(0, -1)) {
    if (last === undefined || !isNamedIssuer(last, below)) continue;
    if ((await proveLink(last, below)) === 'not-signed') continue;
    throw refuse(
      `It contains a loop: ${describe(below)} signed ${describe(last)} and comes before it.`,
    );
  }
}

function refuseStranger(stranger: Certificate, links: IssuerLinks): SignetError {
  const isImpostor = [...links].some(
    ([subject, issuers]) => issuers.length === 0 && isNamedIssuer(subject, stranger),
  );
  return isImpostor
    ? refuse(
        `${describe(stranger)} has the right name, but its key did not sign the certificate below it.`,
      )
    : refuse(
        `${describe(stranger)} does not belong to it. Remove certificates that are not issuers, and add missing issuers.`,
      );
}

const MAX_SHOWN_CHARACTERS = 100;

function describe(certificate: Certificate): string {
  return `the certificate "${formatName(certificate.subjectDer).slice(0, MAX_SHOWN_CHARACTERS)}"`;
}

function refuse(reason: string): SignetError {
  return new SignetError(
    'malformed-chain',
    `The chain does not fit the certificate. ${reason.charAt(0).toUpperCase()}${reason.slice(1)}`,
    { field: 'chain' },
  );
}
