import type { Principal } from '../access/principal.ts';
import { randomText, SMALL_LETTERS_AND_DIGITS } from '../access/random-text.ts';
import { type Act, describeAct } from '../audit/describe-act.ts';
import type { RequestContext } from '../audit/event.ts';
import { encodeUtf8 } from '../bytes.ts';
import { SignetError } from '../errors.ts';
import type { Sealer } from '../keys/sealing.ts';
import { parsePublicKey } from '../x509/keys/public-key.ts';
import { createBindings } from './bindings.ts';
import type { Inventory } from './inventory.ts';
import { checkName } from './names.ts';
import { type CheckedUpload, readUpload } from './read-upload.ts';
import { inUse, nameTaken, notFound, tryAgain } from './refusals.ts';
import type { BindingStore, EntryContent, InventoryStore } from './store.ts';
import { encryptPrivateKey, readUploadPublicKey } from './upload-public-key.ts';

export interface InventoryDependencies {
  readonly store: InventoryStore;
  readonly bindings: BindingStore;
  readonly sealer: Sealer;
  /** Unix ms. */
  readonly clock: () => number;
  readonly randomBytes: (length: number) => Uint8Array;
  /** The quota of accounts without their own. */
  readonly defaultQuota: number;
}

/** A replacement is tried again if the upload public key changes meanwhile. */
const REPLACE_ATTEMPTS = 3;

export function createInventory(dependencies: InventoryDependencies): Inventory {
  const { store, sealer, clock, randomBytes, defaultQuota } = dependencies;
  const nowSeconds = () => Math.floor(clock() / 1000);

  const act = (principal: Principal, request: RequestContext): Act => ({
    principal,
    atMs: clock(),
    request,
  });

  async function seal(
    principal: Principal,
    id: string,
    { privateKeyPem, ...upload }: CheckedUpload,
    uploadPublicKeyDer: Uint8Array | null,
    issuerId: string | null,
  ): Promise<EntryContent> {
    return {
      ...upload,
      issuerId,
      origin: issuerId === null ? 'upload' : 'issued',
      uploadPublicKeyDer,
      sealedPrivateKey:
        privateKeyPem === null
          ? null
          : await sealPrivateKey(
              sealer,
              privateKeyRecordId(principal, id),
              privateKeyPem,
              uploadPublicKeyDer,
            ),
    };
  }

  async function add(
    principal: Principal,
    name: string,
    upload: CheckedUpload,
    uploadPublicKeyDer: Uint8Array | null,
    issuerId: string | null,
    request: RequestContext,
  ): Promise<{ readonly id: string; readonly name: string }> {
    const id = `cert-${randomText(randomBytes, SMALL_LETTERS_AND_DIGITS, 12)}`;
    const content = await seal(principal, id, upload, uploadPublicKeyDer, issuerId);
    const audit = describeAct(act(principal, request), 'inventory.create', id, {
      name,
      fingerprint: content.fingerprintHex,
    });
    switch (await store.create(principal, { id, name, content, defaultQuota, audit })) {
      case 'created':
        return { id, name };
      case 'name-taken':
        throw nameTaken();
      case 'quota-exceeded':
        throw new SignetError(
          'quota-exceeded',
          'The inventory is full. Delete a certificate, or have the quota of the account raised.',
        );
      case 'no-account':
        throw new SignetError('forbidden', 'The account no longer exists.');
      case 'id-taken':
        throw tryAgain();
    }
  }

  /** Returns the given key, or the entry's key if none is given. */
  async function chooseUploadPublicKey(
    principal: Principal,
    id: string,
    given: Uint8Array | null,
  ): Promise<Uint8Array | null> {
    if (given !== null) return given;
    const former = await store.findUploadPublicKey(principal, id, nowSeconds());
    if (former === undefined) throw notFound();
    return former;
  }

  return {
    ...createBindings(dependencies.bindings, clock),

    async create(principal, entry, request) {
      checkName(entry.name);
      const upload = await readUpload(entry, nowSeconds());
      const uploadPublicKeyDer = readOptionalKey(entry.uploadPublicKey);
      return add(principal, entry.name, upload, uploadPublicKeyDer, null, request);
    },

    async replace(principal, id, replacement, request) {
      const { name } = replacement;
      if (name !== null) checkName(name);
      const upload = await readUpload(replacement, nowSeconds());
      const given = readOptionalKey(replacement.uploadPublicKey);
      for (let attempt = 0; attempt < REPLACE_ATTEMPTS; attempt++) {
        const uploadPublicKeyDer = await chooseUploadPublicKey(principal, id, given);
        const content = await seal(principal, id, upload, uploadPublicKeyDer, null);
        const audit = describeAct(act(principal, request), 'inventory.replace', id, {
          ...(name === null ? {} : { name }),
          fingerprint: content.fingerprintHex,
        });
        const keepsUploadPublicKey = given === null;
        const commit = { id, name, content, keepsUploadPublicKey, audit };
        switch (await store.replace(principal, commit)) {
          case 'replaced':
            return;
          case 'not-found':
            throw notFound();
          case 'in-use':
            throw inUse();
          case 'name-taken':
            throw nameTaken();
          case 'not-expired':
            throw new SignetError(
              'not-replaceable',
              'The certificate has not expired. Add the new one under another name.',
              { field: 'id' },
            );
          case 'changed':
        }
      }
      throw tryAgain();
    },

    async rename(principal, id, name, request) {
      checkName(name);
      const audit = describeAct(act(principal, request), 'inventory.rename', id, { name });
      switch (await store.rename(principal, { id, name, audit })) {
        case 'renamed':
          return;
        case 'not-found':
          throw notFound();
        case 'name-taken':
          throw nameTaken();
        case 'name-unchanged':
          throw new SignetError('name-unchanged', 'The certificate already has this name.', {
            field: 'name',
          });
      }
    },

    async find(principal, id) {
      const entry = await store.find(principal, id, nowSeconds());
      if (entry === null) throw notFound();
      return entry;
    },

    list: (principal, filter = {}) => store.list(principal, filter, nowSeconds()),

    async readPrivateKey(principal, id, request) {
      const audit = describeAct(act(principal, request), 'inventory.read-private-key', id);
      const found = await store.readPrivateKey(principal, { id, audit });
      if (found === null) throw notFound();
      const { entry, sealed } = found;
      const opened =
        sealed === null ? null : await sealer.open(privateKeyRecordId(principal, id), sealed);
      return { entry, privateKeyPem: opened === null ? null : new TextDecoder().decode(opened) };
    },

    async remove(principal, id, request) {
      const audit = describeAct(act(principal, request), 'inventory.delete', id);
      const outcome = await store.remove(principal, { id, audit });
      if (outcome === 'not-found') throw notFound();
      if (outcome === 'in-use') throw inUse();
    },

    async addIssued(principal, { authorityId, serialHex, name, privateKey }, request) {
      checkName(name);
      const issued = await store.findIssued(principal, authorityId, serialHex, nowSeconds());
      if (issued === null) {
        throw new SignetError(
          'certificate-not-found',
          'The authority has issued no certificate with this serial number to this account.',
          { field: 'serial' },
        );
      }
      if (issued.isRevoked) {
        throw new SignetError('already-revoked', 'The certificate is revoked.', {
          field: 'serial',
        });
      }
      const hasKey = privateKey !== null && privateKey.trim() !== '';
      const upload = await readUpload(
        {
          type: hasKey ? 1 : 2,
          certificate: issued.certificateDer,
          chain: null,
          privateKey,
        },
        nowSeconds(),
      );
      return add(principal, name, upload, null, authorityId, request);
    },
  };
}

function readOptionalKey(text: string | null): Uint8Array | null {
  return text === null || text.trim() === '' ? null : readUploadPublicKey(text).spkiDer;
}

/** Names the account too, so that a private key does not open in the row of another account. */
function privateKeyRecordId({ accountId }: Principal, id: string): string {
  return `${accountId}:${id}`;
}

/** Seals the private key. With an upload public key, the sealed text is encrypted for its owner first. */
async function sealPrivateKey(
  sealer: Sealer,
  recordId: string,
  privateKeyPem: string,
  uploadPublicKeyDer: Uint8Array | null,
): Promise<string> {
  const text =
    uploadPublicKeyDer === null
      ? privateKeyPem
      : await encryptPrivateKey(parsePublicKey(uploadPublicKeyDer), privateKeyPem);
  return sealer.seal(recordId, encodeUtf8(text));
}
