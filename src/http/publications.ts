import { isGenerationOf } from '../authorities/authority.ts';
import { DEFAULT_AUTHORITY_ID } from '../authorities/default-authority.ts';
import { sha256Hex } from '../x509/bytes.ts';
import { encodePem } from '../x509/pem.ts';
import type { Call } from './call.ts';
import { invalidateCertificates, invalidateCrl, type Published } from './edge-cache.ts';

interface Form {
  readonly encoding: 'der' | 'pem';
  readonly contentType: string;
  readonly fileName: string | null;
}

/** An authority's certificate; as PEM with its chain up to the root behind it. */
export function caCertificatePublication(
  call: Call,
  authorityId: string,
  form: Form,
  current = false,
): Published {
  return {
    authorityId,
    kind: 'ca',
    async build() {
      const { services } = call;
      const authority = await (current
        ? services.openCurrentAuthority(authorityId)
        : services.openAuthority(authorityId));
      const body =
        form.encoding === 'der'
          ? authority.certificateDer
          : encodeText(
              [authority.certificateDer, ...authority.chainDer].map((der) =>
                encodePem('CERTIFICATE', der),
              ),
            );
      return {
        ...form,
        body,
        sha256Hex: await sha256Hex(body),
        lastModifiedMs: authority.certifiedAtMs,
        expiresAtMs: null,
        revision: null,
      };
    },
  };
}

/** The certificate of the generation that signs now, with its chain, whichever that is. */
export function currentCaCertificatePublication(
  call: Call,
  lineageId: string,
  form: Form,
): Published {
  return caCertificatePublication(call, lineageId, form, true);
}

/** Certificates of an authority's key by its other generations, as PEM: empty where there are none. */
export function crossCertificatesPublication(
  call: Call,
  authorityId: string,
  form: Form,
): Published {
  return {
    authorityId,
    kind: 'ca',
    async build() {
      const authority = await call.services.openAuthority(authorityId);
      const crossed = await call.services.listCrossCertificates(authorityId);
      const body = encodeText(crossed.map((der) => encodePem('CERTIFICATE', der)));
      return {
        ...form,
        body,
        sha256Hex: await sha256Hex(body),
        lastModifiedMs: authority.certifiedAtMs,
        expiresAtMs: null,
        revision: null,
      };
    },
  };
}

/** An authority's complete revocation list. */
export function crlPublication(call: Call, authorityId: string, form: Form): Published {
  return {
    authorityId,
    kind: 'crl',
    async build() {
      const authority = await call.services.openAuthority(authorityId);
      const crl = await call.services.currentCrl(authority);
      const body =
        form.encoding === 'der' ? crl.crlDer : encodeText([encodePem('X509 CRL', crl.crlDer)]);
      return {
        ...form,
        body,
        sha256Hex: await sha256Hex(body),
        lastModifiedMs: crl.thisUpdateSeconds * 1000,
        expiresAtMs: crl.nextUpdateSeconds * 1000,
        revision: crl.revision,
      };
    },
  };
}

/**
 * The complete lists of every key that an authority had and whose certificate has not expired, as
 * PEM: that of the generation that signs now first. Each is complete for its own certificates.
 */
export function allCrlsPublication(
  call: Call,
  lineageId: string,
  form: Omit<Form, 'encoding'>,
): Published {
  const { services } = call;

  async function openListed() {
    const current = await services.openCurrentAuthority(lineageId);
    const ids = await services.listGenerations(lineageId);
    const older = [];
    for (const id of ids.toReversed()) {
      if (id === current.id) continue;
      const generation = await services.openAuthority(id);
      if (generation.notAfterSeconds * 1000 > services.clock()) older.push(generation);
    }
    return [current, ...older];
  }

  return {
    authorityId: lineageId,
    kind: 'crl',
    async findRevision() {
      const revisions: number[] = [];
      for (const { id } of await openListed()) {
        revisions.push((await services.findRevision(id)) ?? 0);
      }
      return revisions.reduce((sum, revision) => sum + revision, 0);
    },
    async build() {
      const crls = [];
      for (const authority of await openListed()) crls.push(await services.currentCrl(authority));
      const body = encodeText(crls.map(({ crlDer }) => encodePem('X509 CRL', crlDer)));
      return {
        ...form,
        body,
        sha256Hex: await sha256Hex(body),
        lastModifiedMs: Math.max(...crls.map((crl) => crl.thisUpdateSeconds)) * 1000,
        expiresAtMs: Math.min(...crls.map((crl) => crl.nextUpdateSeconds)) * 1000,
        revision: crls.reduce((sum, { revision }) => sum + revision, 0),
      };
    },
  };
}

/** To be awaited after a revocation was recorded and before it is answered, by every door. */
export function forgetPublishedCrl(call: Call, authorityId: string): Promise<void> {
  const path = `/crl/${authorityId}.crl`;
  if (!isGenerationOf(authorityId, DEFAULT_AUTHORITY_ID)) {
    return invalidateCrl(call, [authorityId], [path]);
  }
  // The list of lists goes under the name of the authority, whichever of its keys it was.
  const ids = new Set([authorityId, DEFAULT_AUTHORITY_ID]);
  return invalidateCrl(call, [...ids], [path, '/api/ca/crl']);
}

/** To be awaited after authorities' certificates were replaced and before that is answered. */
export async function forgetPublishedCertificates(
  call: Call,
  authorityIds: readonly string[],
): Promise<void> {
  await invalidateCertificates(call, authorityIds, [
    ...authorityIds.flatMap((id) => [`/ca/${id}.crt`, `/ca/${id}.pem`, `/ca/${id}-cross.pem`]),
    ...(authorityIds.some((id) => isGenerationOf(id, DEFAULT_AUTHORITY_ID))
      ? ['/api/ca/cacert']
      : []),
  ]);
}

function encodeText(parts: readonly string[]): Uint8Array {
  return new TextEncoder().encode(parts.join(''));
}
