import { createRequire } from 'node:module';

/** Returns the path of the installed workerd program. */
export function findWorkerd(): string {
  const installed: unknown = createRequire(import.meta.url)('workerd');
  const path: unknown = Reflect.get(Object(installed), 'default');
  if (typeof path === 'string') return path;
  throw new Error('The package workerd does not say where its program is.');
}
