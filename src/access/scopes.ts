import { SignetError } from '../errors.ts';

/** The actions of each service; null accepts any action. */
const SERVICES = {
  inventory: ['Read', 'Write', 'Delete', 'ReadPrivateKey'],
  certificates: ['Issue', 'Read', 'Revoke'],
  authorities: ['Manage'],
  accounts: ['Manage'],
  acme: ['Manage', 'Read'],
  policies: ['Manage', 'Read'],
  metrics: ['Read'],
  webhooks: ['Read', 'Write'],
  'yundun-cert': null,
} as const satisfies Record<string, readonly string[] | null>;

type Services = typeof SERVICES;

/** The scope that an operation requires. */
export type Scope =
  | {
      [S in keyof Services]: Services[S] extends readonly (infer A extends string)[]
        ? `${S}:${A}`
        : never;
    }[keyof Services]
  | `yundun-cert:${string}`;

const MAX_SCOPES = 64;
const MAX_SCOPE_CHARACTERS = 100;

/** Tells whether `held`, a scope of an access key, covers `wanted`, which may itself contain `*`. */
export function coversScope(held: string, wanted: string): boolean {
  return held === '*' || held === wanted || held === wholeService(wanted);
}

/** Returns `service:*` for a scope of that service, and `*` for `*`. */
export function wholeService(scope: string): string {
  return `${scope.slice(0, scope.indexOf(':') + 1)}*`;
}

/**
 * Parses the scopes of an access key: `service:Action`, `service:*` or `*`. Duplicates are dropped.
 * @throws SignetError invalid-parameter
 */
export function parseScopes(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_SCOPES) {
    throw refuse(`'scopes' must be an array of 1 to ${MAX_SCOPES} strings.`);
  }
  const scopes = value.map((scope: unknown) => {
    if (typeof scope === 'string' && isScope(scope)) return scope;
    throw refuse(
      `There is no such scope. Use service:Action, service:* or *; the services are ${Object.keys(SERVICES).join(', ')}.`,
    );
  });
  return [...new Set(scopes)];
}

function isScope(text: string): boolean {
  if (text === '*') return true;
  const [, service = '', action = ''] = /^([a-z-]+):([A-Za-z]+|\*)$/.exec(text) ?? [];
  if (text.length > MAX_SCOPE_CHARACTERS) return false;
  const known = Object.entries(SERVICES).find(([name]) => name === service);
  if (known === undefined) return false;
  const actions: readonly string[] | null = known[1];
  return action === '*' || actions === null || actions.includes(action);
}

function refuse(message: string): SignetError {
  return new SignetError('invalid-parameter', message, { field: 'scopes' });
}
