import { describeCaCertificate, describeCaCertificateList } from './ca-certificates.ts';
import {
  describeClientCertificate,
  listClientCertificate,
  revokeClientCertificate,
} from './client-certificates.ts';
import { createRootCaCertificate, createSubCaCertificate } from './create-ca-certificate.ts';
import { createClientCertificate } from './create-client-certificate.ts';
import { createCustomCertificate } from './create-custom-certificate.ts';
import { createExternalCaCertificate } from './create-external-ca-certificate.ts';
import { createServerCertificate } from './create-server-certificate.ts';
import { getCaInstanceStatus } from './get-ca-instance-status.ts';
import { getCrlAddress } from './get-crl-address.ts';
import type { Action } from './rpc-call.ts';
import { answersOnly, claimsFirst } from './spend-nonce.ts';
import { updateCaCertificateStatus } from './update-ca-certificate-status.ts';

/** Those whose nonce is used up in the batch of what they write. */
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

/** Every action that is offered, by its name; each takes the scope `yundun-cert:{name}`. */
export const ACTIONS: ReadonlyMap<string, Action> = new Map([
  ...ISSUING,
  ...CHANGING.map(([name, action]) => [name, claimsFirst(action)] as const),
  ...READING.map(([name, action]) => [name, answersOnly(name, action)] as const),
]);
