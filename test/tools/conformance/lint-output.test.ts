import { describe, expect, it } from 'vitest';
import { parsePkilintLine } from '../../../tools/conformance/tools/pkilint-output.ts';
import { parseZlintLine } from '../../../tools/conformance/tools/zlint-output.ts';

describe('parseZlintLine', () => {
  it('returns failed lints with their severity', () => {
    const line = JSON.stringify({
      e_ok: { result: 'pass' },
      e_other_form: { result: 'NA' },
      e_later: { result: 'NE' },
      n_note: { result: 'info' },
      w_warn: { result: 'warn' },
      e_usage: { result: 'error', details: 'KeyUsage inconsistent' },
      e_broken: { result: 'fatal' },
    });
    expect(parseZlintLine(line)).toEqual([
      { severity: 'notice', id: 'n_note', message: '' },
      { severity: 'warning', id: 'w_warn', message: '' },
      { severity: 'error', id: 'e_usage', message: 'KeyUsage inconsistent' },
      { severity: 'error', id: 'e_broken', message: '' },
    ]);
  });

  it('reports an unknown result', () => {
    expect(parseZlintLine('{"e_new":{"result":"constructor"}}')).toMatchObject([
      { severity: 'error', id: 'e_new' },
    ]);
  });

  it('reports output without lints as an error', () => {
    expect(parseZlintLine('{}')).toMatchObject([{ severity: 'error', id: 'empty' }]);
  });
});

describe('parsePkilintLine', () => {
  function format(out: string, err = ''): string {
    return JSON.stringify({ code: 0, out, err });
  }

  it('returns each finding with its location', () => {
    const report = {
      results: [
        {
          node_path: 'certificate.tbsCertificate',
          validator: 'AValidator',
          finding_descriptions: [
            { severity: 'ERROR', code: 'pkix.one', message: 'bad' },
            { severity: 'WARNING', code: 'pkix.two', message: null },
            { severity: 'NOTICE', code: 'pkix.three' },
            { severity: 'CATASTROPHE', code: 'pkix.four' },
          ],
        },
      ],
    };
    expect(parsePkilintLine(format(JSON.stringify(report)))).toEqual([
      { severity: 'error', id: 'pkix.one', message: 'bad (certificate.tbsCertificate)' },
      { severity: 'warning', id: 'pkix.two', message: '(certificate.tbsCertificate)' },
      { severity: 'notice', id: 'pkix.three', message: '(certificate.tbsCertificate)' },
      { severity: 'error', id: 'pkix.four', message: '(certificate.tbsCertificate)' },
    ]);
  });

  it('finds nothing if there are no results', () => {
    expect(parsePkilintLine(format('{"results": []}\n'))).toEqual([]);
  });

  it('reports an unreadable file as an error', () => {
    expect(parsePkilintLine(format('', 'Failed to load CRL: x\ny\n'))).toEqual([
      { severity: 'error', id: 'unreadable', message: 'Failed to load CRL: x y' },
    ]);
  });
});
