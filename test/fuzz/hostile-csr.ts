import fc from 'fast-check';
import { CSR_NAMES, csrPem } from '../fixtures.ts';
import { der, type KeyPair, makeKeyPair } from '../make-csr.ts';
import { cloneTree, type DerNode, encodeTree, joinBytes, leaf, parseTree } from './der-tree.ts';
import { type ByteMutation, byteMutations, mutateBytes } from './mutate-bytes.ts';
import { type DerMutation, derMutations, mutateTree, pick } from './mutate-der.ts';

/** How to make a CSR from the fixtures. Numbers are indexes, modulo the number of choices. */
export interface CsrRecipe {
  readonly base: number;
  /** The CSR that spliced parts come from. */
  readonly other: number;
  readonly changes: DerMutation[];
  /** Whether to sign the changed CSR, so that it passes the proof of possession. */
  readonly resign: boolean;
  /** Changes to the bytes of the finished CSR. */
  readonly damage: ByteMutation[];
}

export const csrRecipes: fc.Arbitrary<CsrRecipe> = fc.record({
  base: fc.nat({ max: 1000 }),
  other: fc.nat({ max: 1000 }),
  changes: derMutations,
  resign: fc.boolean(),
  damage: fc.oneof(
    { weight: 3, arbitrary: fc.constant<ByteMutation[]>([]) },
    { weight: 1, arbitrary: byteMutations },
  ),
});

export const ORIGINALS: readonly Uint8Array[] = CSR_NAMES.map((name) =>
  Uint8Array.fromBase64(csrPem(name).replace(/-----[^-]+-----/g, '')),
);
const TREES = ORIGINALS.map(parseTree);

export interface CsrKitchen {
  cook(recipe: CsrRecipe): Promise<Uint8Array<ArrayBuffer>>;
}

/** A little more than the limit for a body: larger CSRs would only make the tests slower. */
const MAX_BYTES = 70_000;

/** Makes CSRs by recipe. The re-signed ones share one key pair that is generated here. */
export async function openKitchen(): Promise<CsrKitchen> {
  const keyPair = await makeKeyPair();
  const spki = await crypto.subtle.exportKey('spki', keyPair.publicKey);
  if (!(spki instanceof ArrayBuffer)) throw new TypeError('spki export is not bytes');
  const spkiTree = parseTree(new Uint8Array(spki));
  return {
    async cook({ base, other, changes, resign, damage }) {
      const tree = pick(TREES, base);
      const donor = pick(TREES, other);
      const csrDer = resign
        ? await signInfo(keyPair, mutateTree(withKey(tree, spkiTree), donor, changes))
        : encodeTree(mutateTree(tree, donor, changes));
      return mutateBytes(csrDer.subarray(0, MAX_BYTES), damage);
    },
  };
}

/** Returns the CertificationRequestInfo of a CSR with its key replaced. */
function withKey(tree: DerNode, spkiTree: DerNode): DerNode {
  const info = cloneTree(pick(tree.children ?? [leaf(0x05, new Uint8Array())], 0));
  info.children?.splice(2, 1, cloneTree(spkiTree));
  return info;
}

const ECDSA_SHA256 = Uint8Array.fromHex('300a06082a8648ce3d040302');

async function signInfo(keyPair: KeyPair, info: DerNode): Promise<Uint8Array<ArrayBuffer>> {
  const infoDer = encodeTree(info);
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
  const signature = new Uint8Array(
    await crypto.subtle.sign(algorithm, keyPair.privateKey, infoDer),
  );
  const integers = [signature.subarray(0, 32), signature.subarray(32)].map(encodeUnsigned);
  const bits = der(0x03, Uint8Array.of(0), der(0x30, ...integers));
  return der(0x30, infoDer, ECDSA_SHA256, bits);
}

function encodeUnsigned(bytes: Uint8Array): Uint8Array {
  const digits = bytes.subarray(
    Math.max(
      0,
      bytes.findIndex((octet) => octet !== 0),
    ),
  );
  return der(0x02, (digits[0] ?? 0) >= 0x80 ? joinBytes([Uint8Array.of(0), digits]) : digits);
}
