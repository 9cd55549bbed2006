import { ROOT_ACCOUNT_ID } from '../access/principal.ts';
import type { Config } from '../config.ts';
import { SignetError } from '../errors.ts';
import type { Signer } from '../keys/signer.ts';
import { parseCertificate } from '../x509/certificate/certificate.ts';
import type { RandomBytes } from '../x509/certificate/serial-number.ts';
import { publicKeyId } from '../x509/keys/public-key.ts';
import { canonicalizeName } from '../x509/names/name-comparison.ts';
import { encodeNameFromText, formatName } from '../x509/names/names.ts';
import { importChain } from './import-chain.ts';
import { nameSetting } from './name-setting.ts';
import { createSelfSignedRoot, FIRST_START } from './self-signed-root.ts';
import type { AuthorityRecord, AuthorityStore } from './store.ts';

export const DEFAULT_AUTHORITY_ID = 'default';

export interface BootstrapDependencies {
  readonly store: Pick<AuthorityStore, 'findAuthority' | 'createAuthority'>;
  readonly config: Pick<Config, 'caCertificatePem' | 'caSubject' | 'caValidityDays'>;
  /** Unix ms. */
  readonly clock: () => number;
  readonly randomBytes: RandomBytes;
}

/**
 * Makes the default authority with `signer`'s key: from CA_CERT if it is set, else a self-signed root.
 * One of several concurrent first requests wins. Returns what was recorded.
 * @throws SignetError if CA_CERT or CA_SUBJECT is wrong, or names another CA here
 */
export async function createDefaultAuthority(
  { store, config, clock, randomBytes }: BootstrapDependencies,
  signer: Signer,
): Promise<AuthorityRecord> {
  const createdAtMs = clock();
  const nowSeconds = Math.floor(createdAtMs / 1000);
  const { caCertificatePem: pem } = config;
  const imported =
    pem === null
      ? null
      : await nameSetting('CA_CERT', () => importChain(pem, signer.publicKey, nowSeconds));
  const certificateDer =
    imported?.certificate.certificateDer ??
    (await createSelfSignedRoot(
      signer,
      await nameSetting('CA_SUBJECT', () => encodeNameFromText(config.caSubject)),
      { nowSeconds, validityDays: config.caValidityDays, randomBytes },
    ));
  const record: AuthorityRecord = {
    generationId: DEFAULT_AUTHORITY_ID,
    lineageId: DEFAULT_AUTHORITY_ID,
    isCurrent: true,
    name: DEFAULT_AUTHORITY_ID,
    accountId: ROOT_ACCOUNT_ID,
    parentId: null,
    certificateDer,
    chainDer: imported?.chain.map((issuer) => issuer.certificateDer) ?? [],
    above: [],
    revokedLinks: [],
    isOnHold: false,
    crossCertificateDer: null,
    requestDer: null,
    publicKeyIdHex: await publicKeyId(signer.publicKey),
    keySource: 'secret:CA_KEY',
    sealedKey: null,
    profilesJson: null,
    profilesSeal: null,
    policyId: null,
    acmeJson: null,
    acmeSeal: null,
    state: 'active',
    createdAtMs,
    certifiedAtMs: createdAtMs,
  };
  const { subjectDer } = imported?.certificate ?? parseCertificate(certificateDer);
  const created = await store.createAuthority(record, canonicalizeName(subjectDer), {
    atMs: createdAtMs,
    accountId: FIRST_START.accountId,
    actor: FIRST_START.actor,
    action: imported === null ? 'authority.create' : 'authority.import',
    outcome: 'done',
    authorityId: record.generationId,
    target: record.generationId,
    detail: {},
    request: { requestId: crypto.randomUUID(), remoteAddress: null, country: null },
  });
  if (created) return record;
  const found = await store.findAuthority(DEFAULT_AUTHORITY_ID);
  if (found !== null) return found;
  throw new SignetError(
    'import-conflict',
    `Another CA here has the name ${formatName(subjectDer)}. Set another CA_SUBJECT or CA_CERT.`,
  );
}
