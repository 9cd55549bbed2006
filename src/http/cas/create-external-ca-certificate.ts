import { encodePem } from '../../asn1/pem.ts';
import { readPassthrough } from './passthrough.ts';
import { type RpcCall, requireParameter } from './rpc-call.ts';

/** Issues the certificate of a CA that others run, for a CSR, and uses up an instance for it. */
export async function createExternalCaCertificate(call: RpcCall) {
  const { parameters, principal, nonce, context } = call;
  const instanceId = requireParameter(parameters, 'InstanceId');
  const issued = await call.services.issueExternalCa({
    instanceId,
    csr: requireParameter(parameters, 'Csr'),
    validity: requireParameter(parameters, 'Validity'),
    ...readPassthrough(parameters),
    principal,
    nonce,
    request: context,
  });
  call.note(`issued the CA certificate ${issued.serialHex}`);
  return {
    Identifier: issued.identifier,
    Certificate: encodePem('CERTIFICATE', issued.certificateDer),
    CertificateChain: issued.chainDer.map((der) => encodePem('CERTIFICATE', der)).join(''),
  };
}
