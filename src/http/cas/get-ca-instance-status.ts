import { instanceNotFound } from '../../authorities/external-ca-instance.ts';
import { SignetError } from '../../errors.ts';
import type { RpcCall } from './rpc-call.ts';

/** Instances here do not expire: the last second that a certificate can name, 9999-12-31T23:59:59Z. */
const NEVER_MS = 253402300799000;

/** GetCAInstanceStatus: an instance by its id, or by the CA certificate that it was spent on. */
export async function getCaInstanceStatus(call: RpcCall) {
  const { services, principal } = call;
  const instance = await services.externalCaInstances.find(principal, await readInstanceId(call));
  const { id, state, certificate: used } = instance;
  const identified =
    used === null ? null : await services.findIdentified(used.identifier, principal);
  call.note(`found ${id}`);
  return {
    InstanceStatusList: [
      {
        InstanceId: id,
        Status: state,
        Type: 'SUB_ROOT',
        CertTotalCount: 1,
        UseExpireTime: NEVER_MS,
        CertIssuedCount: used === null ? 0 : 1,
        ...(used === null ? {} : { Identifier: used.identifier }),
        ...(identified === null
          ? {}
          : {
              BeforeTime: identified.certificate.notBeforeSeconds * 1000,
              AfterTime: identified.certificate.notAfterSeconds * 1000,
            }),
      },
    ],
  };
}

async function readInstanceId({ parameters, services, principal }: RpcCall): Promise<string> {
  const instanceId = parameters.get('InstanceId') ?? '';
  if (instanceId !== '') return instanceId;
  const identifier = parameters.get('Identifier') ?? '';
  if (identifier === '') {
    throw new SignetError('missing-parameter', 'InstanceId is mandatory for this action.', {
      field: 'InstanceId',
    });
  }
  const found = await services.findInstanceOf(identifier, principal);
  if (found === null) throw instanceNotFound();
  return found;
}
