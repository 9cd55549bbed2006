import { describe, expect, it } from 'vitest';
import { type IssuedCertificate, Ledger } from '../../../tools/mix/ledger.ts';

function makeCertificate(serialHex: string, listPaths = ['/all.crl']): IssuedCertificate {
  return { serialHex, sha256Hex: `hash of ${serialHex}`, listPaths, csrPem: null };
}

describe('Ledger', () => {
  it('reserves each certificate once, until it is returned', () => {
    const ledger = new Ledger();
    for (const serial of ['a', 'b', 'c']) ledger.addCertificate(makeCertificate(serial));
    const taken = [0.5, 0, 0.99].map((at) => ledger.takeFree(at)?.serialHex);
    expect(taken.toSorted()).toEqual(['a', 'b', 'c']);
    expect(ledger.takeFree(0)).toBeNull();
    expect(ledger.pickFree(0)).toBeNull();
    ledger.giveBack(makeCertificate('b'));
    expect(ledger.pickFree(0.3)?.serialHex).toBe('b');
    expect(ledger.takeFree(0.7)?.serialHex).toBe('b');
  });

  it('knows what each CRL must list, in the order of the responses', () => {
    const ledger = new Ledger();
    ledger.revoking.set('b', 'superseded');
    ledger.addRevocation(makeCertificate('b', ['/all.crl', '/1.crl']), 'superseded');
    ledger.addRevocation(makeCertificate('a'), null);
    expect(ledger.dueAt('/all.crl', 0)).toEqual(['b', 'a']);
    expect(ledger.dueAt('/1.crl', 0)).toEqual(['b']);
    expect(ledger.dueAt('/2.crl', 0)).toEqual([]);
    expect(ledger.listPaths).toEqual(['/all.crl', '/1.crl']);
    expect([...ledger.revoked]).toEqual([
      ['b', 'superseded'],
      ['a', null],
    ]);
    expect(ledger.revoking.size).toBe(0);
  });

  it('expects an unconfirmed revocation in CRLs only from its due time', () => {
    const ledger = new Ledger();
    ledger.adoptRevocation(makeCertificate('a'), 'superseded', 1000);
    ledger.adoptRevocation(makeCertificate('b'), null, 1500);
    ledger.addRevocation(makeCertificate('c'), null);
    expect([...ledger.revoked.keys()]).toEqual(['a', 'b', 'c']);
    expect(ledger.dueAt('/all.crl', 999)).toEqual(['c']);
    expect(ledger.dueAt('/all.crl', 1000)).toEqual(['c', 'a']);
    expect(ledger.dueAt('/all.crl', 9999)).toEqual(['c', 'a', 'b']);
  });
});
