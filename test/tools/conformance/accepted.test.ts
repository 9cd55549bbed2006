import { describe, expect, it } from 'vitest';
import { type Acceptance, judgeFindings } from '../../../tools/conformance/accepted.ts';
import { ACCEPTED } from '../../../tools/conformance/accepted-findings.ts';
import type { Finding } from '../../../tools/conformance/findings.ts';
import { makeObject } from './objects.ts';

const FINDING: Finding = {
  tool: 'lint',
  object: makeObject('P-256-wildcard'),
  severity: 'warning',
  id: 'w_name',
  message: 'a name',
};
const ACCEPTANCE: Acceptance = {
  tool: 'lint',
  id: 'w_name',
  severity: 'warning',
  objects: /-wildcard$/,
  reason: 'It is none.',
};

describe('judgeFindings', () => {
  it('accepts listed findings', () => {
    expect(judgeFindings([FINDING], [ACCEPTANCE], ['lint'])).toEqual({
      failures: [],
      accepted: [FINDING],
      unused: [],
    });
  });

  it.each([
    ['of another tool', { tool: 'other' }],
    ['of another name', { id: 'w_names' }],
    ['that has become an error', { severity: 'error' }],
    ['of another object', { object: makeObject('P-256-plain') }],
  ] as const)('fails a finding %s', (_, change) => {
    const finding: Finding = { ...FINDING, ...change };
    const judged = judgeFindings([finding], [ACCEPTANCE], ['lint']);
    expect(judged).toEqual({ failures: [finding], accepted: [], unused: [ACCEPTANCE] });
  });

  it('reports unused entries only of tools that ran', () => {
    expect(judgeFindings([], [ACCEPTANCE], []).unused).toEqual([]);
    expect(judgeFindings([], [ACCEPTANCE], ['lint']).unused).toEqual([ACCEPTANCE]);
  });
});

describe('the list', () => {
  it('has each finding once, with a reason', () => {
    const keys = ACCEPTED.map(({ tool, id, objects }) => `${tool} ${id} ${objects.source}`);
    expect(new Set(keys).size).toBe(ACCEPTED.length);
    for (const { reason } of ACCEPTED) expect(reason).toMatch(/^[A-Z].{20,}\.$/);
  });

  it('accepts errors only for named objects', () => {
    const errors = ACCEPTED.filter(({ severity }) => severity === 'error');
    for (const { objects } of errors) expect(objects.test('P-256-tls-server-P-256')).toBe(false);
  });
});
