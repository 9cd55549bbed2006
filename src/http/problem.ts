import type { ErrorForm } from './context.ts';

/** Problem details (RFC 9457) with our code, the field that is wrong and the request's id. */
export const problemErrors: ErrorForm = (error, c) => {
  const { status, title, code, field, message } = error;
  const headers = new Headers({ 'Content-Type': 'application/problem+json' });
  if (status === 401) {
    headers.set('WWW-Authenticate', 'Basic realm="Signet", charset="UTF-8", Bearer realm="Signet"');
  }
  const problem = {
    type: 'about:blank',
    title,
    status,
    detail: message,
    code,
    ...(field === undefined ? {} : { field }),
    requestId: c.get('requestId'),
  };
  return {
    response: new Response(JSON.stringify(problem), { status, headers }),
    message: `${code}: ${message}`,
  };
};
