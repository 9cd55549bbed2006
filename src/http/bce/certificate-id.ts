import { SignetError } from '../../errors.ts';
import type { Call } from '../call.ts';

const CERTIFICATE_ID = /^cert-[a-z0-9]{12}$/;

/** The id in the address. @throws SignetError inventory-not-found for what cannot be one */
export function readCertificateId({ params }: Call): string {
  const id = params.id ?? '';
  if (CERTIFICATE_ID.test(id)) return id;
  throw new SignetError('inventory-not-found', 'There is no certificate of this id.');
}
