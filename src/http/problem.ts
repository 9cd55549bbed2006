import {
  array,
  description,
  examples,
  type InferOutput,
  integer,
  number,
  object,
  optional,
  pipe,
  string,
} from 'valibot';
import { PolicyViolated } from '../policy/policy-violated.ts';
import { isMarked } from './console-mark.ts';
import type { ErrorForm } from './context.ts';

const text = (what: string) => pipe(string(), description(what));

export const PROBLEM = pipe(
  object({
    type: text('Always `about:blank`. `code` tells the problems apart.'),
    title: text('The kind of error.'),
    status: pipe(number(), integer(), description('The HTTP status.')),
    detail: text('What is wrong and what to do. For people: the words may change.'),
    code: text('For programs: one of the error codes.'),
    field: optional(text('The part of the request that is wrong, if there is one.')),
    findings: optional(
      pipe(
        array(
          object({
            policyId: text('Id of the policy that refuses.'),
            policyName: text('Its name.'),
            rule: text('The rule that refuses.'),
            name: text('What it refuses.'),
            reason: text('Why.'),
          }),
        ),
        description('Of `policy-violated`: the reasons of every policy, 100 at most.'),
      ),
    ),
    requestId: text('Also in the header X-Request-Id, the log and the audit record.'),
  }),
  examples([
    {
      type: 'about:blank',
      title: 'The public key is too weak',
      status: 400,
      detail:
        'The public key is refused: the RSA modulus has 1024 bits: make a key of 2048 to 8192 bits.',
      code: 'weak-key',
      field: 'subjectPublicKeyInfo',
      requestId: '25944a8f-6c0e-4d53-9d7e-6f2f8f1d3c11',
    },
  ]),
);

/** What limits attempts counts in windows of this length. */
const RETRY_AFTER_SECONDS = 300;
const CHALLENGE = 'Basic realm="Signet", charset="UTF-8", Bearer realm="Signet"';
/** A browser would answer Basic with a dialog of its own, and the console would wait for it. */
const CONSOLE_CHALLENGE = 'Cookie realm="Signet"';

/** Problem details (RFC 9457) with our code, the field that is wrong and the request's id. */
export const problemErrors: ErrorForm = (error, c) => {
  const { status, title, code, field, message } = error;
  const headers = new Headers({ 'Content-Type': 'application/problem+json' });
  if (status === 401) {
    const challenge = isMarked(c.req.raw) ? CONSOLE_CHALLENGE : CHALLENGE;
    headers.set('WWW-Authenticate', challenge);
  }
  if (status === 429) headers.set('Retry-After', String(RETRY_AFTER_SECONDS));
  const problem: InferOutput<typeof PROBLEM> = {
    type: 'about:blank',
    title,
    status,
    detail: message,
    code,
    ...(field === undefined ? {} : { field }),
    ...(error instanceof PolicyViolated ? { findings: [...error.findings] } : {}),
    requestId: c.get('requestId'),
  };
  return {
    response: new Response(`${JSON.stringify(problem)}\n`, { status, headers }),
    message: `${code}: ${message}`,
  };
};
