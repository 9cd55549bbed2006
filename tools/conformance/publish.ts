import { X509Certificate } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeAnswers } from './answers.ts';
import type { Client } from './client.ts';
import type { Corpus, Draft, Signer } from './corpus.ts';
import type { CertificateObject, ConformanceObject, ListObject } from './objects.ts';
import { encodePem } from './pem.ts';
import { type CertificateUrls, readCertificateUrls, readDeltaUrl } from './urls.ts';

/** Adds CRLs, deltas and OCSP responses to the certificates. */
export async function gatherObjects(
  client: Client,
  corpus: Corpus,
  directory: string,
): Promise<ConformanceObject[]> {
  const urls = new Map<string, CertificateUrls>();
  for (const { pem } of corpus.drafts) urls.set(pem, await readCertificateUrls(pem));
  const lists = new Map<string, ListObject>();
  async function addList(kind: ListObject['kind'], url: string, signer: Signer): Promise<void> {
    if (lists.has(url)) return;
    const der = await client.download(url);
    if (der === null) return;
    const pem = encodePem('X509 CRL', der);
    const name = `${signer.algorithm}-${new URL(url).pathname.slice(1).replaceAll('/', '-')}`;
    const path = join(directory, `${name}.pem`);
    writeFileSync(path, pem);
    lists.set(url, {
      form: 'list',
      kind,
      name,
      path,
      pem,
      caAlgorithm: signer.algorithm,
      issuerPem: signer.certificate,
    });
    const deltaUrl = kind === 'delta list' ? null : await readDeltaUrl(pem);
    if (deltaUrl !== null) await addList('delta list', deltaUrl, signer);
  }
  for (const signer of corpus.signers) {
    const complete = completeUrl(client, signer);
    await addList('complete list', complete, signer);
    const prefix = complete.replace(/\.crl$/, '/');
    for (const { list } of urls.values()) {
      if (list?.startsWith(prefix)) await addList('partition list', list, signer);
    }
  }
  const published = { urls, lists, directory };
  const certificates = corpus.drafts.map((draft) => finish(client, corpus, draft, published));
  const { answers, responders } = await makeAnswers(
    client,
    corpus.signers,
    certificates,
    directory,
  );
  // A responder has no CRL: clients do not check its revocation (RFC 6960 section 4.2.2.2.1).
  const ofResponders = responders.map(({ signer, pem }) =>
    finish(client, corpus, describeResponder(signer, pem), published),
  );
  return [...certificates, ...ofResponders, ...lists.values(), ...answers];
}

function describeResponder({ id, algorithm, certificate, rootPem }: Signer, pem: string): Draft {
  return {
    kind: 'OCSP responder',
    name: `${algorithm}-responder-${id}`,
    pem,
    keyAlgorithm: 'P-256',
    caAlgorithm: algorithm,
    purpose: 'responder',
    intermediates: certificate === rootPem ? [] : [certificate],
    rootPem,
  };
}

function completeUrl(client: Client, { id }: Signer): string {
  return `${client.server.url}/crl/${id}.crl`;
}

interface Published {
  readonly urls: ReadonlyMap<string, CertificateUrls>;
  readonly lists: ReadonlyMap<string, ListObject>;
  readonly directory: string;
}

function finish(
  client: Client,
  corpus: Corpus,
  draft: Draft,
  { urls, lists, directory }: Published,
): CertificateObject {
  const path = join(directory, `${draft.name}.pem`);
  writeFileSync(path, draft.pem);
  const chain = [draft.pem, ...draft.intermediates];
  // A root names no CRL.
  const named = chain.flatMap((pem) => urls.get(pem)?.list ?? []);
  const above = [...draft.intermediates, draft.rootPem];
  const findComplete = (pems: readonly string[]) =>
    corpus.signers
      .filter(({ certificate }) => pems.some((pem) => haveSameKey(pem, certificate)))
      .map((signer) => completeUrl(client, signer));
  const complete = findComplete(above);
  const isListed = urls.get(draft.pem)?.list != null;
  const read = (from: readonly string[]) =>
    [...new Set(from)].flatMap((url) => lists.get(url)?.pem ?? []);
  return {
    ...draft,
    form: 'certificate',
    path,
    lists: isListed ? read(named) : [],
    completeLists: !isListed || named.every((url) => complete.includes(url)) ? [] : read(complete),
    rootLists: read(findComplete([draft.rootPem])),
    ocspUrl: urls.get(draft.pem)?.ocsp ?? null,
  };
}

function haveSameKey(pem: string, other: string): boolean {
  return new X509Certificate(pem).publicKey.equals(new X509Certificate(other).publicKey);
}
