import { encodePem } from '../../asn1/pem.ts';
import { requireParameter } from './authentication/acs-parameters.ts';
import { readPassthrough } from './passthrough.ts';
import type { RpcCall } from './rpc-call.ts';

/** CreateExternalCACertificate: certifies the CSR of a CA run elsewhere, and spends an instance. */
export async function createExternalCaCertificate(call: RpcCall) {
  const { parameters, principal, nonce, requestContext } = call;
  const instanceId = requireParameter(parameters, 'InstanceId');
  const issued = await call.services.issueExternalCa({
    instanceId,
    profile: 'external-sub-ca',
    origin: 'cas',
    csr: requireParameter(parameters, 'Csr'),
    validity: requireParameter(parameters, 'Validity'),
    ...readPassthrough(parameters),
    principal,
    nonce,
    request: requestContext,
  });
  call.note(`issued the CA certificate ${issued.serialHex}`);
  return {
    Identifier: issued.identifier,
    Certificate: encodePem('CERTIFICATE', issued.certificateDer),
    CertificateChain: issued.chainDer.map((der) => encodePem('CERTIFICATE', der)).join(''),
  };
}
