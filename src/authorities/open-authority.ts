import { equalBytes, sha256Hex } from '../bytes.ts';
import type { Config } from '../config.ts';
import { SignetError, type SignetErrorCode } from '../errors.ts';
import type { Signer } from '../keys/signer.ts';
import { type Certificate, parseCertificate } from '../x509/certificate/certificate.ts';
import { readSubjectKeyIdentifier } from '../x509/certificate/extensions.ts';
import {
  deriveSubjectKeyIdentifier,
  parsePublicKey,
  publicKeyId,
} from '../x509/keys/public-key.ts';
import { DEFAULT_ACME_SETTINGS } from './acme-settings.ts';
import type { Authority } from './authority.ts';
import {
  type BootstrapDependencies,
  createDefaultAuthority,
  DEFAULT_AUTHORITY_ID,
} from './default-authority.ts';
import { findRefusal, unavailable } from './find-refusal.ts';
import { importChain } from './import-chain.ts';
import { nameSetting } from './name-setting.ts';
import { type KeyDependencies, openKey, openSecretKey, SecretKeyError } from './open-key.ts';
import { openAcmeSettings, openProfiles } from './open-settings.ts';
import type { AuthorityAbove, AuthorityRecord, AuthorityStore } from './store.ts';

export interface AuthorityDependencies extends BootstrapDependencies, KeyDependencies {
  readonly config: Config;
  readonly store: AuthorityStore;
}

export interface Authorities {
  /**
   * Opens one key generation by its own id.
   * @throws SignetError authority-not-found; authority-unavailable if it has no certificate yet, or the
   *   default authority cannot be made
   */
  open(id: string): Promise<Authority>;
  /** Opens the current generation of the authority that `id` is a generation of. Throws as `open`. */
  openCurrent(id: string): Promise<Authority>;
  /** Evicts an authority (null: all) from memory, after a change or if it turned out to be stale. */
  evict(lineageId: string | null): void;
}

type Signing = Authority['signing'];

/** Every other error while opening means a wrong configuration. */
const ANSWERED_AS_THEY_ARE: ReadonlySet<SignetErrorCode> = new Set([
  'authority-not-found',
  'authority-unavailable',
  'record-unavailable',
]);

/**
 * How long an isolate keeps an authority without reading it again. A commit refuses an issuance by an
 * outdated certificate or state, so this bounds only the age of published certificates and of the
 * authority's profiles.
 */
const HELD_MS = 60_000;

interface Held {
  readonly authority: Authority;
  readonly record: AuthorityRecord;
  readonly readAtMs: number;
}

/**
 * Opens authorities by id and keeps them in memory: parsed, with their key imported and matched. Makes
 * the default authority when it is opened first and D1 has none.
 */
export function createAuthorities(dependencies: AuthorityDependencies): Authorities {
  const { config, store, clock } = dependencies;
  /** By id, and by id with the prefix `current:`. */
  const held = new Map<string, Held>();
  let evictions = 0;

  async function loadRecord(id: string, find: typeof store.findCurrent): Promise<AuthorityRecord> {
    const found = await find(id);
    if (found !== null) return found;
    if (id === DEFAULT_AUTHORITY_ID && config.caKeyPem !== null && config.problems.length === 0) {
      const signer = await openSecretKey(config, 'secret:CA_KEY');
      return createDefaultAuthority(dependencies, signer);
    }
    if (id === DEFAULT_AUTHORITY_ID)
      throw unavailable(describeProblems(config) ?? 'CA_KEY is not set');
    throw new SignetError('authority-not-found', `There is no authority '${id.slice(0, 64)}'.`, {
      field: 'authority',
    });
  }

  async function load(record: AuthorityRecord): Promise<Authority> {
    const { generationId: id, certificateDer, state } = record;
    if (certificateDer === null || state === 'pending') {
      throw new SignetError(
        'authority-unavailable',
        `The authority '${id}' waits for its certificate. Have its CSR signed and upload the certificate.`,
        { cause: `authority '${id}' is pending` },
      );
    }
    const certificate = parseCertificate(certificateDer);
    const issuers = [certificate, ...record.chainDer.map(parseCertificate)];
    const key = await openSigning(dependencies, record, certificate, Math.floor(clock() / 1000));
    const profiles = await openProfiles(dependencies.sealer, record);
    const acme = await openAcmeSettings(dependencies.sealer, record);
    const refusal =
      findRefusal(record, issuers) ??
      [profiles, acme].find((opened) => opened instanceof SignetError) ??
      null;
    const certificateSha256Hex = await sha256Hex(certificateDer);
    const { above } = record;
    return Object.freeze({
      generationId: id,
      lineageId: record.lineageId,
      name: record.name,
      accountId: record.accountId,
      state,
      parentId: record.parentId,
      certificate,
      certificateDer,
      certificateSha256Hex,
      chainSha256Hex: [certificateSha256Hex, ...above.map(readSha256Hex)].join(' '),
      chainDer: record.chainDer,
      issuers,
      crossCertificateDer: record.crossCertificateDer,
      subjectDer: certificate.subjectDer,
      subjectKeyIdentifier:
        readSubjectKeyIdentifier(certificate.extensions) ??
        (await deriveSubjectKeyIdentifier(parsePublicKey(certificate.spkiDer))),
      notAfterSeconds: certificate.notAfterSeconds,
      createdAtMs: record.createdAtMs,
      certifiedAtMs: record.certifiedAtMs,
      chainCertifiedAtMs: Math.max(
        record.certifiedAtMs,
        ...above.map(({ certifiedAtMs }) => certifiedAtMs),
      ),
      profiles: profiles instanceof SignetError ? null : profiles,
      policyId: record.policyId,
      acme: acme instanceof SignetError ? DEFAULT_ACME_SETTINGS : acme,
      signing: 'signer' in key && refusal !== null ? { refusal } : key,
      crlSigner: 'signer' in key ? key.signer : null,
    });
  }

  async function openHeld(
    memoId: string,
    id: string,
    find: typeof store.findCurrent,
  ): Promise<Authority> {
    const known = held.get(memoId);
    const readAtMs = clock();
    if (known !== undefined && Math.abs(readAtMs - known.readAtMs) < HELD_MS) {
      // A refusal may have ended: the caller asks in order to sign.
      const isRefused = find === store.findCurrent && 'refusal' in known.authority.signing;
      if (!isRefused) return known.authority;
    }
    const evictionsBefore = evictions;
    try {
      const record = await loadRecord(id, find);
      const authority =
        known !== undefined && isSame(known.record, record) ? known.authority : await load(record);
      // What was read before an eviction may be outdated.
      if (evictions === evictionsBefore) {
        for (const key of [memoId, record.generationId])
          held.set(key, { authority, record, readAtMs });
      }
      return authority;
    } catch (error) {
      if (error instanceof SignetError && ANSWERED_AS_THEY_ARE.has(error.code)) {
        // Nothing is issued without a commit, and what the authority publishes is still true.
        if (error.code === 'record-unavailable' && known !== undefined) return known.authority;
        throw error;
      }
      const isExpected = error instanceof SignetError || error instanceof SecretKeyError;
      if (!isExpected) throw error;
      throw unavailable(
        error instanceof SecretKeyError ? error.message : `authority '${id}': ${error.message}`,
        error,
      );
    }
  }

  // The platform may cancel a request that waits for another request's promise, so requests share
  // only results.
  return {
    open: (id) => openHeld(id, id, store.findAuthority),
    openCurrent: (id) => openHeld(`current:${id}`, id, store.findCurrent),
    evict(lineageId) {
      evictions++;
      for (const [memoId, { record }] of held) {
        if (lineageId === null || record.lineageId === lineageId) held.delete(memoId);
      }
    },
  };
}

/** Whether two records give the same opened authority. */
function isSame(a: AuthorityRecord, b: AuthorityRecord): boolean {
  return (
    a.generationId === b.generationId &&
    a.state === b.state &&
    a.parentId === b.parentId &&
    a.isOnHold === b.isOnHold &&
    JSON.stringify(a.above) === JSON.stringify(b.above) &&
    JSON.stringify(a.revokedLinks) === JSON.stringify(b.revokedLinks) &&
    a.certifiedAtMs === b.certifiedAtMs &&
    a.sealedKey === b.sealedKey &&
    a.profilesJson === b.profilesJson &&
    a.profilesSeal === b.profilesSeal &&
    a.policyId === b.policyId &&
    a.acmeJson === b.acmeJson &&
    a.acmeSeal === b.acmeSeal &&
    equalBytes(a.certificateDer ?? new Uint8Array(), b.certificateDer ?? new Uint8Array()) &&
    equalBytes(a.crossCertificateDer ?? new Uint8Array(), b.crossCertificateDer ?? new Uint8Array())
  );
}

/** Opens the key, or returns the refusal for every signing request, with its cause for the log. */
async function openSigning(
  dependencies: AuthorityDependencies,
  record: AuthorityRecord,
  certificate: Certificate,
  nowSeconds: number,
): Promise<Signing> {
  const { config } = dependencies;
  const problems = describeProblems(config);
  if (problems !== null) return { refusal: unavailable(problems) };
  try {
    const signer = await openKey(dependencies, record);
    await matchKey(config, record, certificate, signer, nowSeconds);
    return { signer };
  } catch (error) {
    if (error instanceof SignetError) {
      return {
        refusal: error.code === 'authority-unavailable' ? error : unavailable(error.message, error),
      };
    }
    if (error instanceof SecretKeyError) return { refusal: unavailable(error.message, error) };
    throw error;
  }
}

async function matchKey(
  config: Config,
  record: AuthorityRecord,
  certificate: Certificate,
  signer: Signer,
  nowSeconds: number,
): Promise<void> {
  const recorded = await publicKeyId(parsePublicKey(certificate.spkiDer));
  if (recorded !== (await publicKeyId(signer.publicKey))) {
    const name = record.keySource.replace(/^secret:/, '');
    throw unavailable(
      `${name} does not belong to the certificate of authority '${record.generationId}'`,
    );
  }
  const { caCertificatePem: pem } = config;
  // CA_CERT is for the import only. After a renewal the record has a newer certificate.
  if (pem === null || record.generationId !== DEFAULT_AUTHORITY_ID) return;
  if (record.certifiedAtMs !== record.createdAtMs) return;
  const given = await nameSetting('CA_CERT', () => importChain(pem, signer.publicKey, nowSeconds));
  if (!equalBytes(given.certificate.certificateDer, certificate.certificateDer)) {
    throw unavailable(`CA_CERT is not the certificate of authority '${record.generationId}'`);
  }
}

function describeProblems(config: Config): string | null {
  if (config.problems.length === 0) return null;
  return config.problems.map(({ name, message }) => `${name} ${message}`).join('; ');
}

function readSha256Hex({ certificateSha256Hex }: AuthorityAbove): string {
  return certificateSha256Hex;
}
