import type { AccountCall } from '../../acme/call.ts';
import { JSON_PAYLOAD, NO_PAYLOAD } from '../../acme/payload.ts';
import { encodePem } from '../../asn1/pem.ts';
import { SignetError } from '../../errors.ts';
import { type HttpContext, note } from '../context.ts';
import type { Route } from '../route.ts';
import { BY_ACCOUNT, BY_ACCOUNT_OR_KEY, signedRoute } from './signed-route.ts';
import { certificateUrl, readParam } from './urls.ts';

const PEM_CHAIN = 'application/pem-certificate-chain';

/** Answers with a certificate and its chain (RFC 8555 section 7.4.2). */
async function answerCertificate(
  c: HttpContext,
  call: AccountCall,
  alternate: number,
): Promise<Response> {
  const id = readParam(c, 'order');
  const { certificateDer, chains } = await c.get('services').acmeCertificates.find(call, id);
  const chain = chains[alternate];
  if (chain === undefined) throw new SignetError('not-found', 'There is no such chain.');
  note(c, `sent the certificate of the order ${id}`);
  const pem = [certificateDer, ...chain].map((der) => encodePem('CERTIFICATE', der)).join('');
  const response = new Response(pem, { headers: { 'Content-Type': PEM_CHAIN } });
  for (const index of chains.keys()) {
    if (index === alternate) continue;
    const url = index === 0 ? certificateUrl(c, id) : `${certificateUrl(c, id)}/${index}`;
    response.headers.append('Link', `<${url}>;rel="alternate"`);
  }
  return response;
}

const certificate = signedRoute({
  path: 'cert/:order',
  signing: BY_ACCOUNT,
  readPayload: NO_PAYLOAD,
  handle: (c, call) => answerCertificate(c, call, 0),
});

const alternate = signedRoute({
  path: 'cert/:order/:alternate',
  signing: BY_ACCOUNT,
  readPayload: NO_PAYLOAD,
  handle: (c, call) => answerCertificate(c, call, readNumber(readParam(c, 'alternate'))),
});

function readNumber(text: string): number {
  if (/^[1-9]\d?$/.test(text)) return Number(text);
  throw new SignetError('not-found', 'There is no such chain.');
}

/** RFC 8555 section 7.6. */
const revokeCert = signedRoute({
  path: 'revoke-cert',
  signing: BY_ACCOUNT_OR_KEY,
  readPayload: JSON_PAYLOAD,
  handle: async (c, call, { certificate: der, reason }) => {
    const serialHex = await c.get('services').revokeByAcme(call, { certificate: der, reason });
    note(c, `revoked ${serialHex}`);
    return c.body(null, 200);
  },
});

export const CERTIFICATE_ROUTES: readonly Route[] = [certificate, alternate, revokeCert];
