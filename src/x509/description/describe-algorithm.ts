import { DerError, readChildren, readObjectIdentifier, readOnly, TAG } from '../../asn1/der.ts';
import { SignetError } from '../../errors.ts';
import { REFUSED_SIGNATURE_ALGORITHMS, SIGNATURE_ALGORITHMS } from '../keys/algorithms.ts';
import { parsePssParameters } from '../keys/pss-parameters.ts';
import type { AlgorithmDescription } from './description.ts';

/** Describes the AlgorithmIdentifier of a signature, also of one that is refused here. @throws DerError */
export function describeSignatureAlgorithm(der: Uint8Array): AlgorithmDescription {
  const [oidElement, parameters] = readChildren(readOnly(der, TAG.sequence).content);
  if (oidElement === undefined) throw new DerError('not an AlgorithmIdentifier');
  const oid = readObjectIdentifier(oidElement);
  const known = SIGNATURE_ALGORITHMS.find((algorithm) => algorithm.oid === oid);
  return {
    oid,
    name: known?.name ?? REFUSED_SIGNATURE_ALGORITHMS[oid] ?? null,
    pss: known?.parameters === 'pss' ? readPss(parameters?.bytes) : null,
  };
}

/** Null for parameters that are refused here, such as SHA-1. */
function readPss(der: Uint8Array | undefined): AlgorithmDescription['pss'] {
  if (der === undefined) return null;
  try {
    const { hash, saltLength } = parsePssParameters(der);
    return { hash, saltLength };
  } catch (error) {
    if (error instanceof SignetError || error instanceof DerError) return null;
    throw error;
  }
}
