import { sha256Hex } from '../../x509/bytes.ts';
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
  const { crlDer, nextUpdateSeconds } = await services.currentCrl(
    await services.openAuthority(record.id),
  );
  call.note(`told where the list of ${record.id} is`);
  return {
    CaInstanceStatus: STATUS[record.state],
    CaType: nameCaType(record),
    CrlUrl: `${services.config.publicationUrl}/crl/${record.id}.crl`,
    HashCode: await sha256Hex(crlDer),
    NextUpdateTime: String(nextUpdateSeconds * 1000),
  };
}
