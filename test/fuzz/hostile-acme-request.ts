import fc from 'fast-check';
import { encodeUtf8 } from '../../src/bytes.ts';
import { type AcmeKey, encodeBase64url, signJws } from '../acme/jws.ts';
import { type CsrRecipe, csrRecipes } from './hostile-csr.ts';
import { type ByteMutation, byteMutations, mutateBytes } from './mutate-bytes.ts';

export const RESOURCES = [
  'new-account',
  'account',
  'orders list',
  'new-order',
  'order',
  'finalize',
  'authorization',
  'challenge',
  'certificate',
  'alternate',
  'revoke-cert',
  'key-change',
] as const;
export type Resource = (typeof RESOURCES)[number];

/** What a correct client would send now. */
export interface AcmeTarget {
  readonly url: string;
  readonly account: string;
  readonly key: AcmeKey;
  readonly nonce: string;
  readonly usedNonce: string;
  /** undefined for POST-as-GET. */
  readonly payload: unknown;
}

/** How to make a request from a correct one. */
export interface AcmeRecipe {
  readonly resource: Resource;
  readonly signer: 'right' | 'kid' | 'jwk' | 'both' | 'none' | 'other key';
  readonly nonce: 'fresh' | 'used' | 'made up';
  /** Members of the protected header and of the payload to replace or to add. */
  readonly header: Fields;
  readonly payload: Fields;
  /** Sent instead of the CSR that fits the order; null to send that one. */
  readonly csr: CsrRecipe | null;
  /** Sent instead of the payload, if it is not undefined. */
  readonly whole: unknown;
  readonly members: Fields;
  readonly damage: {
    readonly header: ByteMutation[];
    readonly payload: ByteMutation[];
    readonly signature: ByteMutation[];
    readonly body: ByteMutation[];
  };
  readonly contentType: string;
}

type Fields = readonly (readonly [string, unknown])[];

const seldom = <T>(none: T, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(none) }, { weight: 1, arbitrary });

const NASTY: readonly unknown[] = [
  null,
  '',
  [],
  {},
  0,
  -1,
  1e308,
  true,
  'x'.repeat(5000),
  '__proto__',
  '\0',
  '\uD800',
  '0001-01-01T00:00:00Z',
  'deactivated',
  '2999-12-31T23:59:59+25:00',
  [[[[[[[[]]]]]]]],
];

const IDENTIFIERS: readonly unknown[] = [
  ['a.internal.test', 'dns'],
  ['*.internal.test', 'dns'],
  ['*.*.internal.test', 'dns'],
  ['*', 'dns'],
  ['internal.test.', 'dns'],
  ['a..internal.test', 'dns'],
  ['_a.internal.test', 'dns'],
  ['bücher.internal.test', 'dns'],
  ['xn--.internal.test', 'dns'],
  [`${'a'.repeat(64)}.internal.test`, 'dns'],
  [`${'a.'.repeat(130)}internal.test`, 'dns'],
  ['a.internal.test\0.evil.test', 'dns'],
  ['evil.test', 'dns'],
  ['10.0.0.5', 'dns'],
  ['10.0.0.5', 'ip'],
  ['010.0.0.5', 'ip'],
  ['::ffff:10.0.0.5', 'ip'],
  ['*.10.0.0.5', 'ip'],
  ['a@internal.test', 'email'],
].map(([value, type]) => ({ type, value }));

const values = fc.oneof(fc.constantFrom(...NASTY), fc.jsonValue({ maxDepth: 3 }));

const fieldsOf = (...names: readonly string[]): fc.Arbitrary<Fields> =>
  fc.array(fc.tuple(fc.constantFrom(...names, '__proto__', 'constructor', 'extra', ''), values), {
    maxLength: 2,
  });

const identifiers: fc.Arbitrary<Fields> = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...IDENTIFIERS) },
      { weight: 1, arbitrary: values },
    ),
    { maxLength: 3 },
  )
  .map((list) => [['identifiers', list] as const]);

export const acmeRecipes: fc.Arbitrary<AcmeRecipe> = fc.record({
  resource: fc.constantFrom(...RESOURCES),
  signer: seldom<AcmeRecipe['signer']>(
    'right',
    fc.constantFrom('kid', 'jwk', 'both', 'none', 'other key'),
  ),
  nonce: seldom<AcmeRecipe['nonce']>('fresh', fc.constantFrom('used', 'made up')),
  header: seldom<Fields>(
    [],
    fc.oneof(
      fieldsOf('alg', 'nonce', 'url', 'kid', 'jwk', 'crit', 'b64', 'typ'),
      fc
        .constantFrom('none', 'HS256', 'ES384', 'RS256', 'EdDSA', 'es256', 'PS256')
        .map((alg) => [['alg', alg] as const]),
    ),
  ),
  payload: fc.oneof(
    { weight: 3, arbitrary: fc.constant<Fields>([]) },
    { weight: 2, arbitrary: identifiers },
    {
      weight: 2,
      arbitrary: fieldsOf(
        ...['csr', 'certificate', 'reason', 'identifiers', 'notBefore', 'notAfter', 'profile'],
        ...['replaces', 'contact', 'externalAccountBinding', 'termsOfServiceAgreed', 'status'],
        ...['onlyReturnExisting', 'protected', 'payload', 'signature'],
      ),
    },
  ),
  csr: fc.option(csrRecipes),
  whole: seldom<unknown>(undefined, values),
  members: seldom<Fields>(
    [],
    fieldsOf('protected', 'payload', 'signature', 'header', 'signatures'),
  ),
  damage: fc.record({
    header: seldom<ByteMutation[]>([], byteMutations),
    payload: seldom<ByteMutation[]>([], byteMutations),
    signature: seldom<ByteMutation[]>([], byteMutations),
    body: seldom<ByteMutation[]>([], byteMutations),
  }),
  contentType: seldom(
    'application/jose+json',
    fc.constantFrom('application/json', 'application/jose+json; charset=utf-8', 'text/plain', ''),
  ),
});

/** Returns the body: a JWS whose signature fits the damaged header and payload. */
export async function makeAcmeBody(
  recipe: AcmeRecipe,
  target: AcmeTarget,
  otherKey: AcmeKey,
): Promise<string> {
  const { damage, signer } = recipe;
  const key = signer === 'other key' ? otherKey : target.key;
  const isByKey = signer === 'jwk' || (signer !== 'kid' && recipe.resource === 'new-account');
  const { jwk } = key;
  const kid = target.account;
  const who =
    signer === 'none' ? {} : signer === 'both' ? { kid, jwk } : isByKey ? { jwk } : { kid };
  const nonces = { fresh: target.nonce, used: target.usedNonce, 'made up': 'A'.repeat(43) };
  const header = {
    ...{ alg: key.alg, ...who, url: target.url, nonce: nonces[recipe.nonce] },
    ...Object.fromEntries(recipe.header),
  };
  const payload = changePayload(recipe, target.payload);
  const head = encodeBase64url(mutateBytes(toJson(header), damage.header));
  const body =
    payload === undefined ? '' : encodeBase64url(mutateBytes(toJson(payload), damage.payload));
  const signature = await key.sign(encodeUtf8(`${head}.${body}`));
  const jws = {
    ...{ protected: head, payload: body },
    signature: encodeBase64url(mutateBytes(signature, damage.signature)),
    ...Object.fromEntries(recipe.members),
  };
  return new TextDecoder().decode(mutateBytes(toJson(jws), damage.body));
}

function changePayload({ payload, whole }: AcmeRecipe, right: unknown): unknown {
  if (whole !== undefined) return whole;
  const changes = Object.fromEntries(payload);
  if (typeof right === 'object' && right !== null) return { ...right, ...changes };
  return payload.length === 0 ? right : changes;
}

function toJson(value: unknown): Uint8Array {
  return encodeUtf8(JSON.stringify(value));
}

/** The payload of a key change (RFC 8555 section 7.3.5). */
export function signKeyChange(
  { account, key, url }: Pick<AcmeTarget, 'account' | 'key' | 'url'>,
  newKey: AcmeKey,
): Promise<object> {
  return signJws(newKey, { jwk: newKey.jwk, url }, { account, oldKey: key.jwk });
}
