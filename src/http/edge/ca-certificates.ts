import { encodePem } from '../../asn1/pem.ts';
import type { Authority } from '../../authorities/authority.ts';
import { encodeUtf8, sha256Hex } from '../../bytes.ts';
import type { Publication } from './publication.ts';
import { certificatesTag } from './tags.ts';

/** How something is published. */
export interface Form {
  readonly encoding: 'der' | 'pem';
  readonly contentType: string;
  readonly fileName: string | null;
}

interface CertificateServices {
  openAuthority(id: string): Promise<Authority>;
  openCurrentAuthority(id: string): Promise<Authority>;
  listCrossCertificates(id: string): Promise<readonly Uint8Array[]>;
}

/** The certificate of a generation; as PEM with its chain up to the root. */
export function caCertificatePublication(
  services: CertificateServices,
  authorityId: string,
  form: Form,
): Publication {
  const open = () => services.openAuthority(authorityId);
  return certificatePublication(authorityId, form, open, encodeChain(form));
}

/** The same of the generation that signs now. */
export function currentCaCertificatePublication(
  services: CertificateServices,
  lineageId: string,
  form: Form,
): Publication {
  const open = () => services.openCurrentAuthority(lineageId);
  return certificatePublication(lineageId, form, open, encodeChain(form));
}

/** Certificates of a generation's key by other generations, as PEM; empty if there are none. */
export function crossCertificatesPublication(
  services: CertificateServices,
  authorityId: string,
  form: Form,
): Publication {
  const open = () => services.openAuthority(authorityId);
  return certificatePublication(authorityId, form, open, async () =>
    encodePems(await services.listCrossCertificates(authorityId)),
  );
}

function certificatePublication(
  id: string,
  { contentType, fileName }: Form,
  open: () => Promise<Authority>,
  encode: (authority: Authority) => Promise<Uint8Array>,
): Publication {
  return {
    tags: [certificatesTag(id)],
    async build() {
      const authority = await open();
      const content = await encode(authority);
      return {
        content,
        release: null,
        contentType,
        fileName,
        tagHex: await sha256Hex(content),
        lastModifiedMs: authority.chainCertifiedAtMs,
        expiresAtMs: null,
        hasChanged: null,
      };
    },
  };
}

function encodeChain({ encoding }: Form) {
  return async ({ certificateDer, chainDer }: Authority): Promise<Uint8Array> =>
    encoding === 'der' ? certificateDer : encodePems([certificateDer, ...chainDer]);
}

function encodePems(certificates: readonly Uint8Array[]): Uint8Array {
  return encodeUtf8(certificates.map((der) => encodePem('CERTIFICATE', der)).join(''));
}
