import type { Config } from '../config.ts';
import { SignetError, type SignetErrorCode } from '../errors.ts';
import { checkPublicKey } from '../keys/check-public-key.ts';
import { importSigner, type Signer } from '../keys/signer.ts';
import { equalBytes, sha256Hex } from '../x509/bytes.ts';
import { parseCertificate } from '../x509/certificate.ts';
import { checkAuthorityChain } from '../x509/chain.ts';
import { readSubjectKeyIdentifier } from '../x509/extensions.ts';
import { deriveSubjectKeyIdentifier, parsePublicKey, publicKeyId } from '../x509/public-key.ts';
import type { Authority } from './authority.ts';
import {
  type BootstrapDependencies,
  createDefaultAuthority,
  DEFAULT_AUTHORITY_ID,
} from './default-authority.ts';
import { importChain } from './import-chain.ts';
import { nameSetting } from './name-setting.ts';
import type { AuthorityRecord } from './store.ts';

export interface AuthorityDependencies extends BootstrapDependencies {
  readonly config: Config;
}

type Signing = Authority['signing'];

/** Every other error at an opening is a wrong configuration. */
const ANSWERED_AS_THEY_ARE: ReadonlySet<SignetErrorCode> = new Set([
  'authority-not-found',
  'authority-unavailable',
  'record-unavailable',
]);

/**
 * Opens authorities by id and keeps them: parsed, with their key imported and matched. The default
 * one is made at the first opening where D1 has none yet.
 */
export function createAuthorities(dependencies: AuthorityDependencies) {
  const { config, store, clock } = dependencies;
  const opened = new Map<string, Promise<Authority>>();

  async function loadRecord(id: string): Promise<AuthorityRecord> {
    const found = await store.findAuthority(id);
    if (found !== null) return found;
    if (id === DEFAULT_AUTHORITY_ID && config.caKeyPem !== null && config.problems.length === 0) {
      const created = await createDefaultAuthority(
        dependencies,
        await importConfiguredKey(config.caKeyPem),
      );
      if (created !== null) return created;
    }
    if (id === DEFAULT_AUTHORITY_ID)
      throw unavailable(describeProblems(config) ?? 'CA_KEY is not set');
    throw new SignetError('authority-not-found', `There is no authority '${id}'.`, {
      field: 'authority',
    });
  }

  async function load(id: string): Promise<Authority> {
    const record = await loadRecord(id);
    const certificate = parseCertificate(record.certificateDer);
    return Object.freeze({
      id,
      certificate,
      certificateDer: record.certificateDer,
      certificateSha256Hex: await sha256Hex(record.certificateDer),
      chainDer: record.chainDer,
      subjectDer: certificate.subjectDer,
      subjectKeyIdentifier:
        readSubjectKeyIdentifier(certificate.extensions) ??
        (await deriveSubjectKeyIdentifier(parsePublicKey(certificate.spkiDer))),
      notAfterSeconds: certificate.notAfterSeconds,
      createdAtMs: record.createdAtMs,
      signing: await openSigning(config, record, Math.floor(clock() / 1000)),
    });
  }

  /** @throws SignetError authority-not-found; authority-unavailable where the default one cannot be made */
  return function openAuthority(id: string): Promise<Authority> {
    const known = opened.get(id);
    if (known !== undefined) return known;
    // A request must not wait for another request's promise (the platform may cancel it), so only
    // what is ready is shared.
    const loading = load(id).catch((error: unknown) => {
      throw error instanceof SignetError && !ANSWERED_AS_THEY_ARE.has(error.code)
        ? unavailable(`authority '${id}': ${error.message}`, error)
        : error;
    });
    return loading.then((authority) => {
      opened.set(id, Promise.resolve(authority));
      return authority;
    });
  };
}

/** The key, or the refusal that every signing request gets, with its cause for the log. */
async function openSigning(
  config: Config,
  record: AuthorityRecord,
  nowSeconds: number,
): Promise<Signing> {
  const problems = describeProblems(config);
  if (problems !== null) return { refusal: unavailable(problems) };
  if (record.state !== 'active')
    return { refusal: unavailable(`authority '${record.id}' is disabled`) };
  if (config.caKeyPem === null) return { refusal: unavailable('CA_KEY is not set') };
  try {
    const signer = await importConfiguredKey(config.caKeyPem);
    await matchKey(config, record, signer, nowSeconds);
    return { signer };
  } catch (error) {
    if (!(error instanceof SignetError)) throw error;
    return {
      refusal: error.code === 'authority-unavailable' ? error : unavailable(error.message, error),
    };
  }
}

async function importConfiguredKey(caKeyPem: string): Promise<Signer> {
  try {
    const signer = await importSigner(caKeyPem);
    checkPublicKey(signer.publicKey);
    return signer;
  } catch (error) {
    throw unavailable(
      `CA_KEY: ${error instanceof Error ? error.message : 'cannot be imported'}`,
      error,
    );
  }
}

async function matchKey(
  config: Config,
  record: AuthorityRecord,
  signer: Signer,
  nowSeconds: number,
): Promise<void> {
  const certificate = parseCertificate(record.certificateDer);
  const recorded = await publicKeyId(parsePublicKey(certificate.spkiDer));
  if (recorded !== (await publicKeyId(signer.publicKey))) {
    throw unavailable(`CA_KEY does not belong to the certificate of authority '${record.id}'`);
  }
  checkAuthorityChain(certificate, record.chainDer.map(parseCertificate), nowSeconds);
  const { caCertificatePem: pem } = config;
  if (pem === null) return;
  const given = await nameSetting('CA_CERT', () => importChain(pem, signer.publicKey, nowSeconds));
  if (!equalBytes(given.certificate.certificateDer, record.certificateDer)) {
    throw unavailable(`CA_CERT is not the certificate of authority '${record.id}'`);
  }
}

function describeProblems(config: Config): string | null {
  if (config.problems.length === 0) return null;
  return config.problems.map(({ name, message }) => `${name} ${message}`).join('; ');
}

function unavailable(cause: string, error?: unknown): SignetError {
  return new SignetError(
    'authority-unavailable',
    'The authority cannot sign: its configuration is wrong. Its operator finds the cause in the log.',
    { cause: error === undefined ? cause : new Error(cause, { cause: error }) },
  );
}
