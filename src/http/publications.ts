import { DEFAULT_AUTHORITY_ID } from '../authorities/default-authority.ts';
import { sha256Hex } from '../x509/bytes.ts';
import { encodePem } from '../x509/pem.ts';
import type { Call } from './call.ts';
import { invalidateCrl, type Published } from './edge-cache.ts';

interface Form {
  readonly encoding: 'der' | 'pem';
  readonly contentType: string;
  readonly fileName: string | null;
}

/** An authority's certificate; as PEM with its chain up to the root behind it. */
export function caCertificatePublication(call: Call, authorityId: string, form: Form): Published {
  return {
    authorityId,
    kind: 'ca',
    async build() {
      const authority = await call.services.openAuthority(authorityId);
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
        lastModifiedMs: authority.createdAtMs,
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

/** To be awaited after a revocation was recorded and before it is answered, by every door. */
export function forgetPublishedCrl(call: Call, authorityId: string): Promise<void> {
  return invalidateCrl(call, authorityId, [
    `/crl/${authorityId}.crl`,
    ...(authorityId === DEFAULT_AUTHORITY_ID ? ['/api/ca/crl'] : []),
  ]);
}

function encodeText(parts: readonly string[]): Uint8Array {
  return new TextEncoder().encode(parts.join(''));
}
