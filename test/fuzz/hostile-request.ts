import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { sealEnvelope } from '../http/openssl-ca/seal-envelope.ts';
import { toPem } from '../make-csr.ts';
import { type CsrKitchen, type CsrRecipe, csrRecipes } from './hostile-csr.ts';
import { type ByteMutation, byteMutations, mutateBytes } from './mutate-bytes.ts';
import { pick } from './mutate-der.ts';

/** How to make a request to the Worker. */
export type RequestRecipe =
  | { readonly door: 'api DER'; readonly csr: CsrRecipe }
  | { readonly door: 'api PEM'; readonly csr: CsrRecipe; readonly pem: PemRecipe }
  | { readonly door: 'api JSON'; readonly csr: CsrRecipe; readonly json: JsonRecipe }
  | { readonly door: 'sign'; readonly csr: CsrRecipe; readonly envelope: EnvelopeRecipe }
  | {
      readonly door: 'revoke';
      readonly field: 'serial' | 'cert';
      readonly text: string | null;
      readonly envelope: EnvelopeRecipe;
    };

interface PemRecipe {
  readonly label: string;
  readonly lineEnd: string;
  readonly around: string;
  readonly times: number;
  readonly damage: ByteMutation[];
}

interface JsonRecipe {
  /** Fields to replace or to add. */
  readonly fields: readonly (readonly [string, unknown])[];
  readonly damage: ByteMutation[];
}

interface EnvelopeRecipe {
  readonly mode: 'cfb8' | 'cfb128';
  readonly padded: boolean;
  readonly wrongSecret: boolean;
  /** Changes to the envelope. */
  readonly damage: ByteMutation[];
  /** Changes to the JSON around it. */
  readonly jsonDamage: ByteMutation[];
}

const seldom = <T>(none: T, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(none) }, { weight: 1, arbitrary });

const pemRecipes: fc.Arbitrary<PemRecipe> = fc.record({
  label: fc.oneof(
    { weight: 3, arbitrary: fc.constant('CERTIFICATE REQUEST') },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'NEW CERTIFICATE REQUEST',
        'CERTIFICATE',
        'X509 CRL',
        'EC PRIVATE KEY',
        'certificate request',
        'CERTIFICATE REQUEST-----\n-----BEGIN CERTIFICATE REQUEST',
        '\u202ECERTIFICATE REQUEST',
        '',
      ),
    },
  ),
  lineEnd: fc.constantFrom('\n', '\r\n', '\r', '', '\n\n', ' \n', '\t\n', '\0\n'),
  around: fc.constantFrom('', 'Certificate Request:\n', '-----', '\0', '\uFEFF', '0', '{'),
  times: fc.constantFrom(1, 1, 1, 0, 2),
  damage: seldom([], byteMutations),
});

const jsonRecipes: fc.Arbitrary<JsonRecipe> = fc.record({
  fields: fc.array(
    fc.tuple(
      fc.constantFrom('csr', 'profile', '__proto__', 'constructor', 'extra', '', 'Csr'),
      fc.oneof(
        fc.constantFrom('tls-server', 'tls-client', 'nothing', '__proto__', 'x'.repeat(5000)),
        fc.jsonValue({ maxDepth: 4 }),
      ),
    ),
    { maxLength: 3 },
  ),
  damage: seldom([], byteMutations),
});

const envelopeRecipes: fc.Arbitrary<EnvelopeRecipe> = fc.record({
  mode: fc.constantFrom('cfb8', 'cfb128', 'cfb128'),
  padded: fc.boolean(),
  wrongSecret: seldom(false, fc.constant(true)),
  damage: fc.oneof(fc.constant<ByteMutation[]>([]), byteMutations),
  jsonDamage: seldom([], byteMutations),
});

const revokeTexts = fc.oneof(
  fc.constant(null),
  fc.constantFrom('0', '-1', '00', '0x', 'zz', '', ' ', '\0', 'f'.repeat(32), 'f'.repeat(90)),
  fc.string({ maxLength: 60, unit: 'binary' }),
  fc.stringMatching(/^[0-9a-fA-F]{1,40}$/),
);

export const requestRecipes: fc.Arbitrary<RequestRecipe> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ door: fc.constant('api DER' as const), csr: csrRecipes }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      door: fc.constant('api PEM' as const),
      csr: csrRecipes,
      pem: pemRecipes,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      door: fc.constant('api JSON' as const),
      csr: csrRecipes,
      json: jsonRecipes,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      door: fc.constant('sign' as const),
      csr: csrRecipes,
      envelope: envelopeRecipes,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      door: fc.constant('revoke' as const),
      field: fc.constantFrom('serial', 'cert'),
      text: revokeTexts,
      envelope: envelopeRecipes,
    }),
  },
);

/** A request to send, and the CSR in it. */
export interface HostileRequest {
  readonly method: 'POST' | 'DELETE';
  readonly path: string;
  readonly body: Uint8Array<ArrayBuffer>;
  /** The CSR before it is wrapped; null if there is none. */
  readonly csrDer: Uint8Array<ArrayBuffer> | null;
}

/** A certificate that exists already, as a target for revocations. */
export interface Issued {
  readonly serialHex: string;
  readonly certificatePem: string;
}

const toBytes = (text: string) => new TextEncoder().encode(text);

export async function makeRequest(
  recipe: RequestRecipe,
  kitchen: CsrKitchen,
  issued: Issued,
): Promise<HostileRequest> {
  if (recipe.door === 'revoke') {
    const { field, envelope } = recipe;
    const text = recipe.text ?? (field === 'serial' ? issued.serialHex : issued.certificatePem);
    const body = await wrapInEnvelope(field, text, envelope);
    return { method: 'DELETE', path: '/api/ca/revoke', body, csrDer: null };
  }
  const csrDer = await kitchen.cook(recipe.csr);
  const post = { method: 'POST', path: '/api/v1/certificates', csrDer } as const;
  switch (recipe.door) {
    case 'api DER':
      return { ...post, body: csrDer };
    case 'api PEM':
      return { ...post, body: wrapInPem(csrDer, recipe.pem) };
    case 'api JSON': {
      const csr = toPem('CERTIFICATE REQUEST', csrDer);
      const text = JSON.stringify({ csr, ...Object.fromEntries(recipe.json.fields) });
      return { ...post, body: mutateBytes(toBytes(text), recipe.json.damage) };
    }
    case 'sign': {
      const csr = toPem('CERTIFICATE REQUEST', csrDer);
      const body = await wrapInEnvelope('csr_body', csr, recipe.envelope);
      return { ...post, path: '/api/ca/sign', body };
    }
  }
}

function wrapInPem(csrDer: Uint8Array, { label, lineEnd, around, times, damage }: PemRecipe) {
  const pem = toPem(label, csrDer).replaceAll('\n', lineEnd);
  return mutateBytes(toBytes(around + pem.repeat(times) + around), damage);
}

/** CFB8 needs one WebCrypto call per byte, so longer texts use the other mode. */
const MAX_CFB8_CHARACTERS = 1200;

async function wrapInEnvelope(
  field: string,
  text: string,
  { mode, padded, wrongSecret, damage, jsonDamage }: EnvelopeRecipe,
): Promise<Uint8Array<ArrayBuffer>> {
  const secrets = [env.OPENSSL_CA_SECRET, 'z'.repeat(32)];
  const sealed = await sealEnvelope(text, {
    mode: text.length > MAX_CFB8_CHARACTERS ? 'cfb128' : mode,
    padded,
    secret: pick(secrets, wrongSecret ? 1 : 0),
  });
  const envelope = mutateBytes(Uint8Array.fromBase64(sealed), damage);
  const json = JSON.stringify({ [field]: envelope.toBase64() });
  return mutateBytes(toBytes(json), jsonDamage);
}
