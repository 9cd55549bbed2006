import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFindings } from '../../../tools/mix/findings.ts';
import { ListWatch } from '../../../tools/mix/list-watch.ts';
import { decodePem } from '../../../tools/mix/pem.ts';
import { isIssuedBy, readList, readListIssuer } from '../../../tools/mix/read-list.ts';
import { makeOpensslCa } from '../../interop/openssl-ca.ts';
import { createListMaker } from './make-list.ts';

const PATH = '/crl/default.crl';
const maker = createListMaker('Lists');

describe('readList', () => {
  it("parses openssl's CRLs", () => {
    const directory = mkdtempSync(join(tmpdir(), 'signet-lists-'));
    try {
      const keyArgs = ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'];
      const ca = makeOpensslCa(join(directory, 'ca'), { subject: '/CN=Lists', keyArgs });
      ca.ca('-revoke', ca.issue('one'), '-crl_reason', 'superseded');
      ca.ca('-gencrl', '-out', 'list.pem');
      const list = readList(decodePem(ca.read('list.pem')));
      const serial = ca.serialOf('one').toLowerCase().replace(/^0+/, '');
      expect([list.number, list.baseNumber, [...list.serials]]).toEqual([0x1000, null, [serial]]);
      expect(isIssuedBy(list, readListIssuer(ca.read('cacert.pem')))).toBe(true);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('parses deltas and partitions', () => {
    const distributionPoint = 'http://ca.test/crl/default/3.crl';
    const list = readList(
      maker.make(300, ['01'], { baseNumber: 299, distributionPoint, released: ['02'] }),
    );
    expect(list).toMatchObject({ number: 300, baseNumber: 299, distributionPoint });
    expect([[...list.serials], [...list.released]]).toEqual([['1'], ['2']]);
  });

  it('parses a CRL without entries', () => {
    expect(readList(maker.make(1, [])).serials.size).toBe(0);
  });

  it.each(['', '3003', '300030003000'])('refuses %j', (hex) => {
    expect(() => readList(Buffer.from(hex, 'hex'))).toThrow();
  });
});

describe('isIssuedBy', () => {
  it('refuses another key with the same name, and another name with the same key', () => {
    const list = readList(maker.make(1, ['01']));
    const { subjectDer, publicKey } = maker;
    expect(isIssuedBy(list, maker)).toBe(true);
    expect(isIssuedBy(list, { subjectDer, publicKey: createListMaker('Lists').publicKey })).toBe(
      false,
    );
    const { subjectDer: otherName } = createListMaker('Others');
    expect(isIssuedBy(list, { subjectDer: otherName, publicKey })).toBe(false);
  });
});

function watch() {
  const findings = createFindings();
  return {
    lists: new ListWatch(maker, findings),
    findings,
    faults: () => [...findings.violations.keys()],
  };
}

describe('ListWatch', () => {
  it('finds no fault if each CRL lists all earlier revocations', () => {
    const { lists, findings, faults } = watch();
    const due = ['11', '12', '13'];
    const made = due.map((_, index) => maker.make(index + 1, due.slice(0, index + 1)));
    for (const [index, list] of made.entries()) {
      lists.observe(PATH, list, due, index);
      // The same CRL may be downloaded again until more is due.
      lists.observe(PATH, list, due, index + 1);
    }
    lists.checkOrder();
    expect(faults()).toEqual([]);
    expect(findings.checks).toBeGreaterThan(9);
    expect([lists.count, lists.highestNumber(PATH)]).toEqual([3, 3]);
    expect(made.map((list) => lists.numberOf(PATH, list))).toEqual([1, 2, 3]);
    expect([lists.highestNumber('/2.crl'), lists.numberOf(PATH, maker.make(9, []))]).toEqual([
      0, 0,
    ]);
  });

  it('reports a missing entry, also in a CRL that was right before', () => {
    const { lists, faults } = watch();
    const list = maker.make(1, ['11']);
    lists.observe(PATH, list, ['11'], 1);
    expect(faults()).toEqual([]);
    lists.observe(PATH, list, ['11', '12'], 2);
    expect(faults()).toEqual([expect.stringContaining('lacks a revocation')]);
  });

  it('reports one number for two CRLs', () => {
    const { lists, faults } = watch();
    lists.observe(PATH, maker.make(1, ['11']), [], 0);
    lists.observe('/2.crl', maker.make(1, ['12']), [], 0);
    expect(faults()).toEqual([]);
    lists.observe(PATH, maker.make(1, ['11', '12']), [], 0);
    expect(faults()).toEqual([expect.stringContaining('one number for two')]);
  });

  it('reports a higher number with fewer entries', () => {
    const { lists, faults } = watch();
    const due = ['11', '12'];
    lists.observe(PATH, maker.make(7, due), due, 2);
    lists.observe(PATH, maker.make(8, ['11']), due, 1);
    expect(faults()).toEqual([]);
    lists.checkOrder();
    expect(faults()).toEqual([expect.stringContaining('a higher number has fewer')]);
  });

  it('finds no fault if an earlier CRL arrives after a later one, and a response in between', () => {
    const { lists, faults } = watch();
    const listed = ['11', '12'];
    lists.observe(PATH, maker.make(8, listed), ['11'], 1);
    lists.observe(PATH, maker.make(7, listed), listed, 1);
    lists.checkOrder();
    expect(faults()).toEqual([]);
  });

  it('reports a wrong signature, and bytes that are not a CRL', () => {
    const { lists, faults } = watch();
    lists.observe(PATH, createListMaker('Lists').make(1, []), [], 0);
    lists.observe(PATH, Buffer.from('<html>'), [], 0);
    expect(faults()).toEqual([
      expect.stringContaining('the signature is wrong'),
      expect.stringContaining('is no list'),
    ]);
  });

  describe('of deltas', () => {
    const freshest = 'http://ca.test/crl/default/delta.crl';
    const base = maker.make(4, ['11', '13'], { freshest });

    it('requires base and delta together to list what the CRL must list', () => {
      const { lists, faults } = watch();
      expect(lists.deltas).toEqual([]);
      lists.observe(PATH, base, ['11', '13'], 2);
      expect(lists.deltas).toEqual([{ path: PATH, deltaPath: '/crl/default/delta.crl' }]);
      const due = ['11', '12', '13', '14'];
      const delta = maker.make(5, ['12'], { baseNumber: 4 });
      lists.observeDelta(PATH, delta, due, 3);
      expect(faults()).toEqual([]);
      lists.observeDelta(PATH, delta, due, 4);
      expect(faults()).toEqual([expect.stringContaining('and its base lack')]);
    });

    it('reports a delta without a base or with a wrong signature', () => {
      const { lists, faults } = watch();
      lists.observe(PATH, base, [], 0);
      lists.observeDelta(PATH, maker.make(5, []), [], 0);
      lists.observeDelta(PATH, maker.make(6, [], { baseNumber: 7 }), [], 0);
      expect(faults()).toEqual([expect.stringContaining('has no base among')]);
      lists.observeDelta(PATH, createListMaker('Lists').make(7, [], { baseNumber: 4 }), [], 0);
      expect(faults()[1]).toContain('the signature is wrong');
    });
  });
});
