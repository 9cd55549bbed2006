import type { RequestContext } from '../../audit/event.ts';
import type { Services } from '../services.ts';
import { readQuery } from './query.ts';
import { readSpelling, type Spelling } from './spelling.ts';

/** How a client wants to be answered. */
export interface Manner {
  readonly spelling: Spelling;
  /** What the answer calls the request; logs and the audit record keep the id that was made here. */
  readonly requestId: string;
}

interface Asked {
  readonly request: Request;
  readonly services: Pick<Services, 'config'>;
  readonly context: Pick<RequestContext, 'requestId'>;
}

const CLIENT_REQUEST_ID = /^[A-Za-z0-9-]{1,64}$/;

/** As far as it can be known without the body, whose own spelling goes before. */
export function readManner({ request, services, context }: Asked): Manner {
  const names = readQuery(request).map(({ name }) => name);
  const given = request.headers.get('x-bce-request-id') ?? '';
  return {
    spelling: readSpelling(names, services.config.bceFieldCase),
    requestId: CLIENT_REQUEST_ID.test(given) ? given : context.requestId,
  };
}
