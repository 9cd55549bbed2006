import { describeCaCertificateList, getCrlAddress } from './ca-certificates.ts';
import {
  describeClientCertificate,
  listClientCertificate,
  revokeClientCertificate,
} from './client-certificates.ts';
import { createRootCaCertificate, createSubCaCertificate } from './create-ca-certificate.ts';
import { createExternalCaCertificate } from './create-external-ca-certificate.ts';
import {
  createClientCertificate,
  createCustomCertificate,
  createServerCertificate,
} from './create-leaf-certificates.ts';
import { describeCaCertificate } from './describe-ca-certificate.ts';
import { getCaInstanceStatus } from './get-ca-instance-status.ts';
import { type Action, claimNonceBefore, recordAfter } from './rpc-call.ts';
import { updateCaCertificateStatus } from './update-ca-certificate-status.ts';

/** They record the nonce as used in the batch that records the certificate. */
const ISSUING: readonly (readonly [string, Action])[] = [
  ['CreateExternalCACertificate', createExternalCaCertificate],
  ['CreateServerCertificateWithCsr', createServerCertificate],
  ['CreateClientCertificateWithCsr', createClientCertificate],
  ['CreateCustomCertificate', createCustomCertificate],
];

const CHANGING: readonly (readonly [string, Action])[] = [
  ['CreateRootCACertificate', createRootCaCertificate],
  ['CreateSubCACertificate', createSubCaCertificate],
  ['CreateRevokeClientCertificate', revokeClientCertificate],
  ['UpdateCACertificateStatus', updateCaCertificateStatus],
];

const READING: readonly (readonly [string, Action])[] = [
  ['GetCAInstanceStatus', getCaInstanceStatus],
  ['GetCaInstanceCrlAddress', getCrlAddress],
  ['DescribeCACertificate', describeCaCertificate],
  ['DescribeCACertificateList', describeCaCertificateList],
  ['DescribeClientCertificate', describeClientCertificate],
  ['ListClientCertificate', listClientCertificate],
];

/** Every action by its name. Each requires the scope `yundun-cert:{name}`. */
export const ACTIONS: ReadonlyMap<string, Action> = new Map([
  ...ISSUING,
  ...CHANGING.map(([name, action]) => [name, claimNonceBefore(action)] as const),
  ...READING.map(([name, action]) => [name, recordAfter(name, action)] as const),
]);
