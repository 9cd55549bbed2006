import { describe, expect, it } from 'vitest';
import {
  buildTree,
  findFormerParents,
  type TreeNode,
} from '../../src/console/pages/authorities/build-tree.ts';

function authority(id: string, parent: string | null, generation = id) {
  return {
    ...{ id, generation, parent, name: id, state: 'active' as const, subject: null, serial: null },
    ...{ notBefore: null, notAfter: null, keySource: 'sealed', createdAt: '2026-01-01T00:00:00Z' },
  };
}

function draw(nodes: readonly TreeNode[]): unknown {
  return nodes.map(({ authority: { id }, below }) => [id, draw(below)]);
}

describe('buildTree', () => {
  it('puts authorities below their issuers, whatever generation issued them', () => {
    const all = [
      authority('root', null, 'root-2'),
      authority('old', 'root'),
      authority('new', 'root-2'),
      authority('leaf', 'new'),
      authority('lost', 'unknown'),
    ];
    expect(draw(buildTree(all))).toEqual([
      [
        'root',
        [
          ['old', []],
          ['new', [['leaf', []]]],
        ],
      ],
      ['lost', []],
    ]);
  });

  it('puts an authority below the one whose former generation issued it', () => {
    const all = [authority('root', null, 'root-3'), authority('sub', 'root-2')];
    expect(findFormerParents(all)).toEqual(['root-2']);
    expect(draw(buildTree(all, new Map([['root-2', 'root']])))).toEqual([['root', [['sub', []]]]]);
  });
});
