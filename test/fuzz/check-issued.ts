import { type DerNode, encodeTree, parseTree } from './der-tree.ts';
import { ORIGINALS } from './hostile-csr.ts';

/** Extensions that a leaf may have, each as the content of its OBJECT IDENTIFIER in hex. */
const LEAF_EXTENSIONS: readonly string[] = [
  '551d0e', // subjectKeyIdentifier
  '551d23', // authorityKeyIdentifier
  '551d0f', // keyUsage
  '551d13', // basicConstraints
  '551d25', // extKeyUsage
  '551d11', // subjectAltName
  '551d1f', // cRLDistributionPoints
  '2b06010505070101', // authorityInfoAccess
];
const BASIC_CONSTRAINTS = '551d13';
/** An empty SEQUENCE: cA is FALSE by default. */
const CA_FALSE = '3000';

/**
 * Throws unless `certificateDer` may be issued for `csrDer`: it has the CSR's key and subject and
 * no rights of a CA, and the CSR's signature verifies by code that is independent of src/.
 */
export async function checkIssued(certificateDer: Uint8Array, csrDer: Uint8Array): Promise<void> {
  const request = readRequest(csrDer);
  const certificate = readLeaf(certificateDer);
  expectSame('key', certificate.spki, request.spki);
  expectSame('subject', certificate.subject, request.subject);
  await checkProofOfPossession(csrDer, request);
  for (const { oid, valueHex } of certificate.extensions) {
    if (!LEAF_EXTENSIONS.includes(oid)) throw new Error(`the extension ${oid} is not allowed`);
    if (oid === BASIC_CONSTRAINTS && valueHex !== CA_FALSE) throw new Error(`a CA: ${valueHex}`);
  }
}

interface ReadRequest {
  readonly info: Uint8Array<ArrayBuffer>;
  readonly subject: Uint8Array;
  readonly spki: Uint8Array<ArrayBuffer>;
  readonly algorithmHex: string;
  readonly signature: DerNode;
}

function readRequest(csrDer: Uint8Array): ReadRequest {
  const [info, algorithm, signature] = childrenOf(parseTree(csrDer));
  if (info === undefined || algorithm === undefined || signature === undefined) {
    throw new Error('a certificate for something that is not a CSR');
  }
  const [, subject, spki] = childrenOf(info);
  if (subject === undefined || spki === undefined)
    throw new Error('a certificate for a CSR without a key');
  return {
    info: encodeTree(info),
    subject: encodeTree(subject),
    spki: encodeTree(spki),
    algorithmHex: encodeTree(algorithm).toHex(),
    signature,
  };
}

/** ecdsa-with-SHA256, which these tests use to sign changed CSRs. */
const ECDSA_SHA256 = '300a06082a8648ce3d040302';

async function checkProofOfPossession(csrDer: Uint8Array, request: ReadRequest): Promise<void> {
  // The fixtures are valid: OpenSSL made them.
  const unchanged = withoutNulls(csrDer);
  if (ORIGINALS.some((original) => withoutNulls(original) === unchanged)) return;
  if (request.algorithmHex !== ECDSA_SHA256) {
    throw new Error(`a changed CSR was accepted with signature algorithm ${request.algorithmHex}`);
  }
  const curve = { name: 'ECDSA', namedCurve: 'P-256' };
  const key = await crypto.subtle.importKey('spki', request.spki, curve, false, ['verify']);
  const [pair] = childrenOf(request.signature);
  const raw = pair === undefined ? '' : childrenOf(pair).map(encodeCoordinate).join('');
  const valid = await crypto.subtle.verify(
    { name: 'ECDSA', hash: 'SHA-256' },
    key,
    Uint8Array.fromHex(raw),
    request.info,
  );
  if (!valid) throw new Error('a certificate without proof of possession');
}

/** An algorithm means the same with and without NULL parameters (RFC 4055 section 2.1). */
function withoutNulls(csrDer: Uint8Array): string {
  const [info, algorithm, signature] = childrenOf(parseTree(csrDer));
  const parts = [info, algorithm === undefined ? algorithm : dropNulls(algorithm), signature];
  return parts.map((part) => (part === undefined ? '' : encodeTree(part).toHex())).join();
}

const NULL_TAG = 0x05;

function dropNulls(node: DerNode): DerNode {
  const kept = node.children?.filter(({ tag }) => tag !== NULL_TAG).map(dropNulls);
  return { ...node, children: kept ?? null };
}

function encodeCoordinate({ content }: DerNode): string {
  return content.toHex().replace(/^00/, '').padStart(64, '0');
}

function readLeaf(certificateDer: Uint8Array) {
  const [tbs] = childrenOf(parseTree(certificateDer));
  if (tbs === undefined) throw new Error('the certificate has no tbsCertificate');
  const [, , , , , subject, spki, extensions] = childrenOf(tbs);
  const [list] = extensions === undefined ? [] : childrenOf(extensions);
  if (subject === undefined || spki === undefined || list === undefined) {
    throw new Error('the certificate lacks fields');
  }
  return {
    subject: encodeTree(subject),
    spki: encodeTree(spki),
    extensions: childrenOf(list).map((extension) => {
      const [id, ...rest] = childrenOf(extension);
      const [value] = rest.slice(-1).flatMap(childrenOf);
      return {
        oid: id?.content.toHex() ?? '',
        valueHex: value === undefined ? '' : encodeTree(value).toHex(),
      };
    }),
  };
}

function childrenOf(node: DerNode): DerNode[] {
  return node.children ?? [];
}

function expectSame(name: string, found: Uint8Array, wanted: Uint8Array): void {
  if (found.toHex() !== wanted.toHex()) throw new Error(`the ${name} differs from the CSR's`);
}
