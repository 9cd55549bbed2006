import { describe, expect, it } from 'vitest';
import { ROUTES } from '../../src/http/app.ts';

const MODULES = import.meta.glob<Readonly<Record<string, unknown>>>('../../src/http/**/*.ts', {
  eager: true,
});

describe('the lists of endpoints', () => {
  const lists = Object.entries(MODULES).flatMap(([file, exports]) =>
    Object.entries(exports)
      .filter(([name]) => name.endsWith('_ENDPOINTS'))
      .map(([name, list]) => ({ file, name, list })),
  );

  it('are found in many files', () => {
    expect(lists.length).toBeGreaterThan(15);
  });

  it.each(lists)('includes $name of $file in the route table', ({ list }) => {
    if (!Array.isArray(list)) throw new Error('not a list');
    expect(list.length).toBeGreaterThan(0);
    for (const endpoint of list) expect(ROUTES).toContain(endpoint);
  });

  it('name each method and path once', () => {
    const names = ROUTES.map(({ method, path }) => `${method} ${path}`);
    expect(new Set(names).size).toBe(names.length);
  });
});
