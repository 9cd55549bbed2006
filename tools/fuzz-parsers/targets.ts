import {
  acsSeeds,
  bceSeeds,
  credentialSeeds,
  envelopeSeeds,
  formSeeds,
  jsonSeeds,
} from './call-seeds.ts';
import {
  caBundleSeeds,
  certificateSeeds,
  crlSeeds,
  elementSeeds,
  extensionSeeds,
  generalNameSeeds,
  nameConstraintSeeds,
  nameSeeds,
  ocspSeeds,
  pemSeeds,
  privateKeySeeds,
  publicKeySeeds,
  requestSeeds,
} from './fixture-seeds.ts';
import {
  cursorSeeds,
  jwkSeeds,
  jwsSeeds,
  ocspPathSeeds,
  pemPieceSeeds,
  responderSeeds,
} from './key-seeds.ts';
import { dnsSeeds, httpSeeds, tlsSeeds } from './network-seeds.ts';

export interface Target {
  /** Name of the module in targets/ that exports `fuzz`. */
  readonly name: string;
  readonly seeds: () => readonly Uint8Array[];
  /** Whether `fuzz` is synchronous, which is much faster. */
  readonly sync: boolean;
  readonly maxBytes: number;
}

export const TARGETS: readonly Target[] = [
  { name: 'der', seeds: elementSeeds, sync: true, maxBytes: 512 },
  { name: 'csr', seeds: requestSeeds, sync: false, maxBytes: 4096 },
  { name: 'certificate', seeds: certificateSeeds, sync: false, maxBytes: 4096 },
  { name: 'ca-bundle', seeds: caBundleSeeds, sync: false, maxBytes: 8192 },
  { name: 'crl', seeds: crlSeeds, sync: true, maxBytes: 4096 },
  { name: 'ocsp-request', seeds: ocspSeeds, sync: true, maxBytes: 4096 },
  { name: 'ocsp-path', seeds: ocspPathSeeds, sync: true, maxBytes: 2048 },
  { name: 'ocsp-responder', seeds: responderSeeds, sync: false, maxBytes: 4096 },
  { name: 'pem', seeds: pemSeeds, sync: true, maxBytes: 4096 },
  { name: 'pem-pieces', seeds: pemPieceSeeds, sync: false, maxBytes: 2048 },
  { name: 'private-key', seeds: privateKeySeeds, sync: false, maxBytes: 4096 },
  { name: 'upload-public-key', seeds: publicKeySeeds, sync: false, maxBytes: 2048 },
  { name: 'jwk', seeds: jwkSeeds, sync: true, maxBytes: 2048 },
  { name: 'jws', seeds: jwsSeeds, sync: false, maxBytes: 2048 },
  { name: 'names', seeds: nameSeeds, sync: true, maxBytes: 1024 },
  { name: 'general-names', seeds: generalNameSeeds, sync: true, maxBytes: 1024 },
  { name: 'name-constraints', seeds: nameConstraintSeeds, sync: true, maxBytes: 1024 },
  { name: 'description', seeds: extensionSeeds, sync: true, maxBytes: 1024 },
  { name: 'openssl-ca-envelope', seeds: envelopeSeeds, sync: false, maxBytes: 1024 },
  { name: 'json', seeds: jsonSeeds, sync: true, maxBytes: 1024 },
  { name: 'cursor', seeds: cursorSeeds, sync: true, maxBytes: 1024 },
  { name: 'rpc-form', seeds: formSeeds, sync: true, maxBytes: 1024 },
  { name: 'acs', seeds: acsSeeds, sync: false, maxBytes: 2048 },
  { name: 'bce-authorization', seeds: bceSeeds, sync: false, maxBytes: 1024 },
  { name: 'basic-and-bearer', seeds: credentialSeeds, sync: false, maxBytes: 512 },
  { name: 'dns-response', seeds: dnsSeeds, sync: true, maxBytes: 1024 },
  { name: 'http-response', seeds: httpSeeds, sync: false, maxBytes: 1024 },
  { name: 'tls-messages', seeds: tlsSeeds, sync: true, maxBytes: 1024 },
];
