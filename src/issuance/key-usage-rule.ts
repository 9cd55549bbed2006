import { SignetError } from '../errors.ts';
import type { KeyUsageName } from '../x509/certificate/extensions.ts';
import { type CertificateDraft, isCaDraft } from './certificate-draft.ts';
import { classifyKey, type KeyClass } from './key-usages.ts';

/** The usages of CAs (RFC 5280 section 4.2.1.3). Every key here can sign. */
const OF_CAS: readonly KeyUsageName[] = ['keyCertSign', 'cRLSign'];
const SIGNATURES: readonly KeyUsageName[] = ['digitalSignature', 'nonRepudiation'];

interface Support {
  /** For messages. */
  readonly name: string;
  readonly usages: readonly KeyUsageName[];
  readonly source: string;
}

/** The usages that each kind of key supports, besides those of CAs. */
const SUPPORT: Readonly<Record<KeyClass, Support>> = {
  rsa: {
    name: 'An RSA key',
    usages: [...SIGNATURES, 'keyEncipherment', 'dataEncipherment'],
    source: 'RFC 3279 section 2.3.1',
  },
  'rsa-pss': {
    name: 'An id-RSASSA-PSS key',
    usages: SIGNATURES,
    source: 'RFC 4055 section 1.2',
  },
  ec: {
    name: 'An EC key',
    usages: [...SIGNATURES, 'keyAgreement'],
    source: 'RFC 8813 section 3',
  },
  ed25519: {
    name: 'An Ed25519 key',
    usages: SIGNATURES,
    source: 'RFC 9295 section 3',
  },
};

/**
 * Refuses key usages that the key's algorithm does not support, or that only CAs may have.
 * @throws SignetError constraint-violated
 */
export function requireFittingKeyUsages({
  draft,
}: {
  readonly draft: Pick<CertificateDraft, 'kind' | 'publicKey' | 'keyUsages'>;
}): void {
  const { publicKey, keyUsages } = draft;
  const [first] = keyUsages;
  if (first === undefined)
    throw refuse('The certificate would have no key usage. Name at least one');
  const isCa = isCaDraft(draft);
  if (isCa && !keyUsages.includes('keyCertSign')) {
    throw refuse('A CA needs the key usage keyCertSign (RFC 5280 section 4.2.1.9)');
  }
  const { name, usages, source } = SUPPORT[classifyKey(publicKey)];
  for (const usage of keyUsages) {
    if (OF_CAS.includes(usage)) {
      if (isCa) continue;
      throw refuse(`The key usage ${usage} is only that of a CA. Leave it out`);
    }
    if (usages.includes(usage)) continue;
    throw refuse(
      `${name} cannot have the key usage ${usage} (${source}). Choose from ${usages.join(', ')}`,
    );
  }
}

function refuse(reason: string): SignetError {
  return new SignetError('constraint-violated', `${reason}.`, { field: 'keyUsages' });
}
