import { SignetError } from '../errors.ts';
import { type FlattenedJws, readJwsObject } from '../keys/jws.ts';

/** Reads what a signed request carries. @throws SignetError malformed-request */
export type ReadPayload<Payload> = (jws: FlattenedJws) => Payload;

type JsonObject = Readonly<Record<string, unknown>>;

/** Nothing: POST-as-GET (RFC 8555 section 6.3). */
export const NO_PAYLOAD: ReadPayload<null> = ({ payload }) => {
  if (payload === '') return null;
  throw new SignetError(
    'malformed-request',
    "The payload must be empty: '' and not '{}'. This resource can only be read.",
    { field: 'payload' },
  );
};

export const JSON_PAYLOAD: ReadPayload<JsonObject> = (jws) => readJwsObject(jws, 'payload');

export const JSON_OR_NO_PAYLOAD: ReadPayload<JsonObject | null> = (jws) =>
  jws.payload === '' ? null : readJwsObject(jws, 'payload');
