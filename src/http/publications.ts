import { encodePem } from '../asn1/pem.ts';
import { isGenerationOf } from '../authorities/authority.ts';
import { DEFAULT_AUTHORITY_ID } from '../authorities/default-authority.ts';
import { encodeUtf8, sha256Hex } from '../bytes.ts';
import { COMPLETE, type ListScope } from '../lists/list-store.ts';
import { deltaPath, listPath } from '../lists/list-urls.ts';
import type { ChangedRevocation } from '../revocation/store.ts';
import type { Call } from './call.ts';
import { invalidate, listsTag, type Published } from './edge-cache.ts';
import { scopeTag } from './list-publications.ts';

/** How something is published. */
export interface Form {
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
    tags: [certificatesTag(authorityId)],
    findRevision: async () => null,
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
        content: body,
        tagHex: await sha256Hex(body),
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
    tags: [certificatesTag(authorityId)],
    findRevision: async () => null,
    async build() {
      const authority = await call.services.openAuthority(authorityId);
      const crossed = await call.services.listCrossCertificates(authorityId);
      const body = encodeText(crossed.map((der) => encodePem('CERTIFICATE', der)));
      return {
        ...form,
        content: body,
        tagHex: await sha256Hex(body),
        lastModifiedMs: authority.certifiedAtMs,
        expiresAtMs: null,
        revision: null,
      };
    },
  };
}

/** What the edge holds of the lists that certificates are in: tags for a purge, paths for the Cache API. */
export function publishedListsOf(
  changed: readonly Pick<ChangedRevocation, 'authorityId' | 'crlPartition'>[],
): { readonly tags: readonly string[]; readonly paths: readonly string[] } {
  const tags = new Set<string>();
  const paths = new Set<string>();
  const addScope = (scope: ListScope) => {
    tags.add(scopeTag(scope));
    for (const path of [listPath(scope), deltaPath(scope)]) paths.add(path);
  };
  for (const { authorityId, crlPartition } of changed) {
    addScope({ authorityId, crlPartition: COMPLETE });
    if (crlPartition !== null) addScope({ authorityId, crlPartition });
    if (isGenerationOf(authorityId, DEFAULT_AUTHORITY_ID)) {
      // The list of lists goes under the name of the authority, whichever of its keys it was.
      tags.add(scopeTag({ authorityId: DEFAULT_AUTHORITY_ID, crlPartition: COMPLETE }));
      paths.add('/api/ca/crl');
    }
  }
  return { tags: [...tags], paths: [...paths] };
}

/** Of every list of authorities, whichever of their certificates changed. */
export function allListsTags(authorityIds: readonly string[]): readonly string[] {
  const isDefault = authorityIds.some((id) => isGenerationOf(id, DEFAULT_AUTHORITY_ID));
  const ids = new Set(isDefault ? [...authorityIds, DEFAULT_AUTHORITY_ID] : authorityIds);
  return [...ids].map(listsTag);
}

/**
 * Drops the lists of an authority, where it is not known which of them changed: to be awaited before
 * the change is answered. Copies of its partitions' lists end with EDGE_TTL_SECONDS where the
 * platform cannot purge by tag.
 */
export function forgetListsOf(call: Call, authorityId: string): Promise<void> {
  const { paths } = publishedListsOf([{ authorityId, crlPartition: null }]);
  return invalidate(call, { tags: allListsTags([authorityId]), paths });
}

/** To be awaited after authorities' certificates were replaced and before that is answered. */
export async function forgetPublishedCertificates(
  call: Call,
  authorityIds: readonly string[],
): Promise<void> {
  const isDefault = authorityIds.some((id) => isGenerationOf(id, DEFAULT_AUTHORITY_ID));
  await invalidate(call, {
    tags: authorityIds.map(certificatesTag),
    paths: [
      ...authorityIds.flatMap((id) => [`/ca/${id}.crt`, `/ca/${id}.pem`, `/ca/${id}-cross.pem`]),
      ...(isDefault ? ['/api/ca/cacert'] : []),
    ],
  });
}

function encodeText(parts: readonly string[]): Uint8Array {
  return encodeUtf8(parts.join(''));
}

function certificatesTag(authorityId: string): string {
  return `ca-${authorityId}`;
}
