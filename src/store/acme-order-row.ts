import type { Identifier } from '../acme/acme-error.ts';
import { CHALLENGE_TYPES, type ChallengeType } from '../acme/challenges/challenge.ts';
import { joinWildcard } from '../acme/orders/identifiers.ts';
import type { Authorization, Order, OrderState } from '../acme/orders/order.ts';
import { type Row, readInteger, readIntegerOrNull, readText, readTextOrNull } from './row.ts';

export function readOrder(row: Row): Order {
  const csr = readTextOrNull(row, 'csr');
  return {
    id: readText(row, 'id'),
    accountId: readText(row, 'acme_account_id'),
    recorded: readOneOf(row, 'status', ['pending', 'processing', 'valid', 'invalid']),
    identifiers: readIdentifiers(row),
    profile: readText(row, 'profile'),
    namesProfile: row.names_profile === 1,
    notBeforeSeconds: readIntegerOrNull(row, 'not_before_s'),
    notAfterSeconds: readIntegerOrNull(row, 'not_after_s'),
    replaces: readTextOrNull(row, 'replaces'),
    csrDer: csr === null ? null : Uint8Array.fromBase64(csr),
    error: readProblem(row),
    createdAtSeconds: readInteger(row, 'created_at_s'),
    expiresAtSeconds: readInteger(row, 'expires_at_s'),
  };
}

export function readAuthorization(row: Row): Authorization {
  const problem = readProblem(row);
  return {
    id: readText(row, 'id'),
    orderId: readText(row, 'order_id'),
    accountId: readText(row, 'acme_account_id'),
    identifier: {
      type: readOneOf(row, 'identifier_type', ['dns', 'ip']),
      value: readText(row, 'identifier'),
    },
    wildcard: row.wildcard === 1,
    recorded: readOneOf(row, 'status', ['pending', 'valid', 'invalid', 'deactivated']),
    preAuthorized: row.pre_authorized === 1,
    token: readText(row, 'token'),
    challengeType: readChallengeType(row),
    attempts: readInteger(row, 'attempts'),
    validatedAtSeconds: readIntegerOrNull(row, 'validated_at_s'),
    proof: readTextOrNull(row, 'proof'),
    problem:
      problem === null ? null : { code: readProblemCode(problem.code), detail: problem.message },
    expiresAtSeconds: readInteger(row, 'expires_at_s'),
  };
}

/**
 * Joins an order with its authorizations, in the order of its identifiers. The clean-up deletes those of a
 * certificate that has expired before it deletes the order.
 */
export function joinOrder(order: Order, authorizations: readonly Authorization[]): OrderState {
  const named = new Map(
    authorizations
      .filter(({ orderId }) => orderId === order.id)
      .map((each) => [nameOf(joinWildcard(each.identifier, each.wildcard)), each]),
  );
  const sorted = order.identifiers.map((identifier) => named.get(nameOf(identifier)));
  return { order, authorizations: sorted.filter((each) => each !== undefined) };
}

function nameOf({ type, value }: Identifier): string {
  return `${type}:${value}`;
}

function readIdentifiers(row: Row): readonly Identifier[] {
  const parsed: unknown = JSON.parse(readText(row, 'identifiers'));
  if (!Array.isArray(parsed)) throw new TypeError('column identifiers is not a JSON array');
  return parsed.map((each: Row) => ({
    type: readOneOf(each, 'type', ['dns', 'ip']),
    value: readText(each, 'value'),
  }));
}

function readProblem(row: Row): { readonly code: string; readonly message: string } | null {
  const text = readTextOrNull(row, 'error');
  if (text === null) return null;
  const parsed: Row = JSON.parse(text);
  return { code: readText(parsed, 'code'), message: readText(parsed, 'message') };
}

const PROBLEM_CODES = [
  'connection',
  'dns',
  'tls',
  'unauthorized',
  'incorrect-response',
  'caa',
] as const;

function readProblemCode(code: string) {
  return readOneOf({ code }, 'code', PROBLEM_CODES);
}

function readChallengeType(row: Row): ChallengeType | null {
  return row.challenge_type === null ? null : readOneOf(row, 'challenge_type', CHALLENGE_TYPES);
}

function readOneOf<const Text extends string>(
  row: Row,
  column: string,
  known: readonly Text[],
): Text {
  const text = readText(row, column);
  const found = known.find((each) => each === text);
  if (found === undefined) throw new TypeError(`column ${column} holds '${text}'`);
  return found;
}
