import { HttpError } from '@oazapfts/runtime';
import { session } from '../state/session.ts';
import { defaults, type Problem } from './client.ts';

/** Cross-site forms cannot set it, so the server requires it of each request that changes something. */
defaults.headers = { ...defaults.headers, 'X-Requested-With': 'signet-console' };

/** What the server refused, or why it could not be asked. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  /** The field of the request that is wrong; null if none is named. */
  readonly field: string | null;
  readonly requestId: string | null;

  constructor(status: number, problem: Partial<Problem>) {
    super(problem.detail ?? problem.title ?? `HTTP ${status}`);
    this.name = 'Refusal';
    this.status = status;
    this.code = problem.code ?? '';
    this.field = problem.field ?? null;
    this.requestId = problem.requestId ?? null;
  }
}

type Success<T> = T extends { status: 200 | 201 | 202 | 204; data: infer Data } ? Data : never;

/**
 * Returns what a call of the generated client answered.
 * @throws Refusal if the server refused the call or could not be reached
 */
export async function ask<T extends { status: number; data?: unknown }>(
  call: Promise<T>,
): Promise<Success<T>> {
  let answer: T;
  try {
    answer = await call;
  } catch (error) {
    throw toRefusal(error);
  }
  if (isSuccess(answer)) return answer.data;
  if (answer.status === 401) session.value = null;
  throw new Refusal(answer.status, isProblem(answer.data) ? answer.data : {});
}

function isSuccess<T extends { status: number; data?: unknown }>(
  answer: T,
): answer is T & { data: Success<T> } {
  return answer.status >= 200 && answer.status < 300;
}

function isProblem(data: unknown): data is Partial<Problem> {
  return typeof data === 'object' && data !== null;
}

function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof HttpError) {
    return new Refusal(error.status, isProblem(error.data) ? error.data : {});
  }
  return new Refusal(0, { code: 'unreachable', detail: String(error) });
}
