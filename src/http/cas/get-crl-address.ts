import type { RevocationList } from '../../lists/revocation-list.ts';
import { findCertified } from './ca-certificates.ts';
import { nameCaType } from './describe-ca.ts';
import { type RpcCall, requireParameter } from './rpc-call.ts';

const STATUS = { active: 'normal', disabled: 'forbidden', revoked: 'revoked' } as const;

/** GetCaInstanceCrlAddress: where a CA's revocation list is, and whether it has changed. */
export async function getCrlAddress(call: RpcCall) {
  const { parameters, services } = call;
  const name =
    (parameters.get('CaIdentifier') ?? '') === '' && parameters.has('Uuid')
      ? 'Uuid'
      : 'CaIdentifier';
  const record = await findCertified(call, requireParameter(parameters, name));
  const list = await services.currentCrl(await services.openAuthority(record.id));
  call.note(`told where the list of ${record.id} is`);
  return {
    CaInstanceStatus: STATUS[record.state],
    CaType: nameCaType(record),
    CrlUrl: `${services.config.publicationUrl}/crl/${record.id}.crl`,
    HashCode: await hashList(list),
    NextUpdateTime: String(list.nextUpdateSeconds * 1000),
  };
}

/** Lower-case hex of SHA-256, of a list that may be too long to be held at once. */
async function hashList(list: RevocationList): Promise<string> {
  const digest = new crypto.DigestStream('SHA-256');
  const writer = digest.getWriter();
  for await (const piece of list.read()) await writer.write(piece);
  await writer.close();
  return new Uint8Array(await digest.digest).toHex();
}
