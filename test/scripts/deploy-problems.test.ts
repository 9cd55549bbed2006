import { describe, expect, it } from 'vitest';
import { findDeployProblems } from '../../scripts/deploy-problems.ts';

const READY = {
  databaseId: '5d1c2f8e-0f3b-4f6d-9d0e-2b8f1f0a7c11',
  vars: { PUBLICATION_URL: 'http://ca.example.com', PUBLIC_URL: 'https://ca.example.com' },
};

describe('findDeployProblems', () => {
  it('finds no problem in a complete configuration', () => {
    expect(findDeployProblems(READY)).toEqual([]);
  });

  it.each([undefined, '', '00000000-0000-0000-0000-000000000000'])(
    'asks for a database where its id is %s',
    (databaseId) => {
      expect(findDeployProblems({ ...READY, databaseId })).toEqual([
        expect.stringContaining('wrangler d1 create signet'),
      ]);
    },
  );

  it.each(['http://127.0.0.1:8787', 'http://localhost', 'http://[::1]:1', 'nowhere', undefined])(
    'asks for addresses where they are %s',
    (url) => {
      expect(
        findDeployProblems({ ...READY, vars: { PUBLICATION_URL: url, PUBLIC_URL: url } }),
      ).toEqual([expect.stringMatching(/^PUBLICATION_URL/), expect.stringMatching(/^PUBLIC_URL/)]);
    },
  );
});
