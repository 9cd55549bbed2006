import type { AcmeDirectory, AcmeOrder, ExternalAccountKey } from '../../acme/session.ts';
import { ACME_SUFFIX, AcmeMixClient, type OpenOrder } from '../acme-client.ts';
import type { Ask, CreateOperation } from '../operation.ts';
import { decodePem } from '../pem.ts';
import { readIssued } from '../read-issued.ts';

/** More clients than this do not order at the same time. */
const MAX_CLIENTS = 8;
const REVOKED_SHARE = 0.3;
/** RFC 5280 section 5.3.1. */
const SUPERSEDED = 4;

/**
 * Orders certificates by ACME with pre-authorized names, and revokes some. The operation `issue`
 * checks all certificates, and `revoke` all revocations.
 */
export const createAcme: CreateOperation = (world) => {
  const { ledger, findings, random, caCertificate } = world;
  const clients: AcmeMixClient[] = [];
  const free: AcmeMixClient[] = [];
  let terms: Terms | null = null;

  async function takeClient(ask: Ask): Promise<AcmeMixClient | null> {
    const kept = free.pop();
    if (kept !== undefined) return kept;
    terms ??= await openTerms(ask);
    if (clients.length >= MAX_CLIENTS) return null;
    const client = new AcmeMixClient(terms.directory, terms.eabKey);
    clients.push(client);
    return client;
  }

  /** Goes on with an order until its certificate is recorded in the ledger, if that is possible. */
  async function complete(client: AcmeMixClient, open: OpenOrder, state: AcmeOrder) {
    if (!open.isCounted && state.status !== 'valid') {
      ledger.issuing++;
      open.isCounted = true;
    }
    if (state.status === 'ready') state = await client.finalize(open);
    if (state.status === 'processing') return;
    findings.expect(state.status === 'valid', `acme: an order became ${state.status}`);
    if (state.status !== 'valid') return;
    const pem = await client.download(state);
    client.open = null;
    const certificate = readIssued(pem, null, caCertificate, findings);
    if (open.isCounted) ledger.issuing--;
    // A check after a restart may have found it before.
    if (ledger.certificates.has(certificate.serialHex)) return;
    if (random() >= REVOKED_SHARE) {
      ledger.addCertificate(certificate);
      return;
    }
    ledger.addReserved(certificate);
    ledger.revoking.set(certificate.serialHex, 'superseded');
    await client.revoke(decodePem(pem), SUPERSEDED);
    ledger.addRevocation(certificate, 'superseded');
  }

  return {
    name: 'acme',
    weight: { faults: 20, load: 1 },
    async run(ask) {
      const client = await takeClient(ask);
      if (client === null) return false;
      try {
        client.use(ask);
        const kept = client.open;
        const open = kept ?? (await client.order());
        await complete(client, open, kept === null ? open.order : await client.read(kept));
      } finally {
        free.push(client);
      }
      return true;
    },

    async check({ ask, each }) {
      await each(clients, async (client) => {
        client.use(ask);
        // `issue` has found the certificate, if there is one already.
        if (client.open !== null) client.open.isCounted = false;
        const isRefused = await client.refusesOldNonces(ask);
        findings.expect(isRefused, 'acme: a nonce was accepted twice');
        if (client.open !== null) {
          await complete(client, client.open, await client.read(client.open));
        }
      });
    },
  };
};

interface Terms {
  readonly directory: AcmeDirectory;
  readonly eabKey: ExternalAccountKey;
}

async function openTerms(ask: Ask): Promise<Terms> {
  const directory: AcmeDirectory = await askJson(ask, { path: '/acme/directory' }, 200);
  const rules = {
    dnsNames: [{ name: ACME_SUFFIX, match: 'any-depth', acme: 'pre-authorized' }],
  };
  const create = (path: string, fields: object) =>
    askJson(ask, { method: 'POST', path, body: JSON.stringify(fields) }, 201);
  const policy = await create('/api/v1/policies', { name: 'for ACME', rules });
  const eabKey = await create('/api/v1/acme/eab-keys', { name: 'mix', policyId: policy.id });
  return { directory, eabKey: { id: eabKey.id, macKey: eabKey.macKey } };
}

async function askJson(ask: Ask, request: Parameters<Ask>[0], status: number) {
  const { body } = await ask(request, status);
  return JSON.parse(body.toString());
}
