import { createExternalCaCertificate } from './create-external-ca-certificate.ts';
import type { Action } from './rpc-call.ts';

/** Every action that is offered, by its name; each takes the scope `yundun-cert:{name}`. */
export const ACTIONS: ReadonlyMap<string, Action> = new Map([
  ['CreateExternalCACertificate', createExternalCaCertificate],
]);
