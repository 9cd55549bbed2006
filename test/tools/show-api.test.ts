import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { PROJECT_DIR } from '../../scripts/project.ts';

const SCRIPT = readFileSync(join(PROJECT_DIR, 'public', 'api', 'docs', 'show-api.js'), 'utf8');

it('shows the API page in the colors of the system, also after they change', () => {
  const classes = new Set<string>();
  const media = { matches: true, listener: () => {} };
  runInNewContext(SCRIPT, {
    SwaggerUIBundle: () => {},
    document: {
      documentElement: {
        classList: {
          toggle: (name: string, on: boolean) => (on ? classes.add(name) : classes.delete(name)),
        },
      },
    },
    matchMedia: (query: string) => {
      expect(query).toBe('(prefers-color-scheme: dark)');
      return {
        get matches() {
          return media.matches;
        },
        addEventListener: (_: string, listener: () => void) => {
          media.listener = listener;
        },
      };
    },
  });
  expect([...classes]).toEqual(['dark-mode']);
  media.matches = false;
  media.listener();
  expect([...classes]).toEqual([]);
  const css = createRequire(import.meta.url).resolve('swagger-ui-dist/swagger-ui.css');
  expect(readFileSync(css, 'utf8')).toContain('html.dark-mode');
});
