import { X509Certificate } from 'node:crypto';
import { DEFAULT_PROFILE } from '../../src/issuance/profiles.ts';
import type { Authority, Client, Generation } from './client.ts';
import { choosePurpose, type LeafPlan, planHost, planLeaves } from './leaves.ts';
import { CA_ALGORITHMS, type CertificateObject, type KeyAlgorithm } from './objects.ts';
import { makeRequest } from './requests.ts';

/** A certificate, still without the CRLs and OCSP responses about it. */
export type Draft = Omit<
  CertificateObject,
  'form' | 'path' | 'lists' | 'completeLists' | 'rootLists' | 'ocspUrl'
>;

/** A key that signs CRLs. */
export interface Signer {
  /** The id in its published URLs. */
  readonly id: string;
  readonly certificate: string;
  readonly algorithm: KeyAlgorithm;
  /** The root above it, or itself. */
  readonly rootPem: string;
}

export interface Corpus {
  readonly drafts: readonly Draft[];
  readonly signers: readonly Signer[];
}

/** The issuer of a certificate, and the chain by which it is judged. */
interface Place extends Pick<Draft, 'rootPem' | 'intermediates'> {
  readonly authority: string;
}

/** The constraints of issuing CAs: one of each that the API offers. */
const CONSTRAINTS = {
  pathLength: 0,
  permittedNames: {
    dns: ['example.test'],
    ip: ['192.0.2.0/24', '2001:db8::/32'],
    email: ['example.test'],
  },
  excludedNames: { dns: ['forbidden.example.test'] },
  // Without the last one no OCSP responder can be delegated.
  extendedKeyUsages: ['serverAuth', 'clientAuth', 'OCSPSigning'],
};

/** Lets the Worker make all objects. Writes the keys of the CSRs to `directory`. */
export async function makeCorpus(client: Client, directory: string): Promise<Corpus> {
  const parts: Corpus[] = [];
  for (const algorithm of CA_ALGORITHMS) {
    parts.push(await new Tree(client, directory, algorithm).make());
  }
  return {
    drafts: parts.flatMap((part) => part.drafts),
    signers: parts.flatMap((part) => part.signers),
  };
}

/** A root whose keys have one algorithm, the certificates below it, and its next key. */
class Tree {
  readonly #client: Client;
  readonly #directory: string;
  readonly #algorithm: KeyAlgorithm;
  readonly #drafts: Draft[] = [];

  constructor(client: Client, directory: string, algorithm: KeyAlgorithm) {
    this.#client = client;
    this.#directory = directory;
    this.#algorithm = algorithm;
  }

  async make(): Promise<Corpus> {
    const algorithm = this.#algorithm;
    const root = await this.#client.createAuthority({
      name: `Root ${algorithm}`,
      subject: `CN=Conformance ${algorithm} Root,O=Conformance,C=CN`,
      keyAlgorithm: algorithm,
    });
    this.#addCa('root', 'root', root.certificate, root.certificate);
    const issuing = await this.#client.createAuthority({
      name: `Issuing ${algorithm}`,
      subject: `CN=Conformance ${algorithm} Issuing CA,O=Conformance,C=CN`,
      keyAlgorithm: algorithm,
      parent: root.id,
      ...CONSTRAINTS,
    });
    this.#addCa('issuing CA', 'issuing', issuing.certificate, root.certificate);
    await this.#makeExternalCa(root);
    await this.#makeLeaves(root, issuing);
    const ofRoot = this.#planHost('of-root');
    const atRoot = { authority: root.id, rootPem: root.certificate, intermediates: [] };
    const oldLeaf = await this.#issue(ofRoot, atRoot);
    const [before, after] = await this.#makeNextKey(root, oldLeaf);
    return {
      drafts: this.#drafts,
      signers: [
        { ...before, algorithm, rootPem: before.certificate },
        { ...after, algorithm, rootPem: after.certificate },
        { ...issuing, algorithm, rootPem: before.certificate },
      ],
    };
  }

  /** Revokes and releases certificates after the first CRLs were built, so that deltas list them. */
  async #makeLeaves(root: Authority, issuing: Authority): Promise<void> {
    const place = {
      authority: issuing.id,
      rootPem: root.certificate,
      intermediates: [issuing.certificate],
    };
    const plans = planLeaves(this.#algorithm);
    for (const plan of plans.filter(({ reason }) => reason === undefined)) {
      await this.#issue(plan, place);
    }
    const held = await this.#issue(this.#planHost('released'), place);
    const serial = new X509Certificate(held.pem).serialNumber.toLowerCase().replace(/^0+/, '');
    await this.#client.revoke(issuing.id, serial, 'certificateHold');
    await this.#buildLists(issuing.id);
    await this.#client.release(issuing.id, serial);
    for (const plan of plans.filter(({ reason }) => reason !== undefined)) {
      await this.#issue(plan, place);
    }
  }

  async #buildLists(id: string): Promise<void> {
    const { url } = this.#client.server;
    for (const path of [`${id}.crl`, `${id}/0.crl`])
      await this.#client.download(`${url}/crl/${path}`);
  }

  async #makeExternalCa(root: Authority): Promise<void> {
    const csr = await makeRequest(this.#directory, {
      subject: `/C=CN/O=Conformance/CN=External ${this.#algorithm} CA`,
      keyAlgorithm: this.#algorithm,
    });
    const extensions = { PathLenConstraint: 0, ExtendedKeyUsages: ['serverAuth', 'clientAuth'] };
    const passthrough = { Extensions: extensions };
    const pem = await this.#client.createExternalCa(root.id, csr, passthrough);
    this.#addCa('external CA', 'external', pem, root.certificate);
  }

  /** Judges leaves of either key below their own root, and below the other by a cross-certificate. */
  async #makeNextKey(root: Authority, oldLeaf: Draft): Promise<[Generation, Generation]> {
    const { generations } = await this.#client.rekeyAuthority(root.id, this.#algorithm);
    const [before, after] = generations;
    const [oldByNew] = before?.crossCertificates ?? [];
    const [newByOld] = after?.crossCertificates ?? [];
    if (!before || !after || !oldByNew || !newByOld) {
      throw new Error('The re-keyed root lacks a generation or a cross-certificate');
    }
    this.#addCa('root', 'root-2', after.certificate, after.certificate);
    this.#addCa('cross certificate', 'old-by-new', oldByNew, after.certificate);
    this.#addCa('cross certificate', 'new-by-old', newByOld, before.certificate);
    const atNewRoot = { authority: root.id, rootPem: after.certificate, intermediates: [] };
    const newLeaf = await this.#issue(this.#planHost('of-root-2'), atNewRoot);
    this.#drafts.push(
      {
        ...newLeaf,
        kind: 'leaf by cross certificate',
        name: `${newLeaf.name}-below-old`,
        rootPem: before.certificate,
        intermediates: [newByOld],
      },
      {
        ...oldLeaf,
        kind: 'leaf by cross certificate',
        name: `${oldLeaf.name}-below-new`,
        rootPem: after.certificate,
        intermediates: [oldByNew],
      },
    );
    return [before, after];
  }

  #planHost(name: string): LeafPlan {
    return {
      kind: 'leaf',
      name: `${this.#algorithm}-${name}`,
      profile: DEFAULT_PROFILE,
      request: planHost(`${name}.example.test`),
    };
  }

  async #issue(
    { kind, name, profile, request, reason }: LeafPlan,
    { authority, rootPem, intermediates }: Place,
  ): Promise<Draft> {
    const csr = await makeRequest(this.#directory, request);
    const issued = await this.#client.issue(authority, csr, profile);
    if (reason !== undefined) await this.#client.revoke(authority, issued.serial, reason);
    const draft: Draft = {
      kind,
      name,
      pem: issued.certificate,
      keyAlgorithm: request.keyAlgorithm,
      caAlgorithm: this.#algorithm,
      purpose: choosePurpose(profile),
      intermediates,
      rootPem,
    };
    this.#drafts.push(draft);
    return draft;
  }

  #addCa(kind: Draft['kind'], name: string, pem: string, rootPem: string): void {
    this.#drafts.push({
      kind,
      name: `${this.#algorithm}-${name}`,
      pem,
      keyAlgorithm: this.#algorithm,
      caAlgorithm: this.#algorithm,
      purpose: 'any',
      intermediates: [],
      rootPem,
    });
  }
}
