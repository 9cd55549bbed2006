import { SignetError } from '../errors.ts';
import { type Bounds, isSameBounds, type OpenBounds } from '../policy/bounds.ts';
import { type ApprovalRequest, ApprovedCertificate } from './last-gate.ts';

/**
 * Passes the last gate with the policies that bound the certificate. Policies in memory may be
 * outdated: if they refuse, they are read from the database, and the gate decides again.
 * @throws SignetError of the first rule that refuses
 */
export async function approveBounded(
  openBounds: OpenBounds,
  request: Omit<ApprovalRequest, 'bounds'>,
): Promise<{ readonly approved: ApprovedCertificate; readonly bounds: Bounds }> {
  const { principal, issuer } = request;
  const approve = async (bounds: Bounds) => ({
    approved: await ApprovedCertificate.approve({ ...request, bounds }),
    bounds,
  });
  const held = await openBounds.openForCommit(principal, issuer);
  try {
    return await approve(held);
  } catch (error) {
    if (!(error instanceof SignetError) || error.code !== 'policy-violated') throw error;
    const current = await openBounds.reopen(principal, issuer.lineageId);
    if (isSameBounds(held, current)) throw error;
    return approve(current);
  }
}
