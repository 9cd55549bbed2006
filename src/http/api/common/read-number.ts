import { SignetError } from '../../../errors.ts';

/** Reads a whole number from the query, or returns `fallback`. @throws SignetError invalid-parameter */
export function readNumberParameter(url: URL, name: string, fallback: number): number {
  const text = url.searchParams.get(name);
  if (text === null) return fallback;
  if (!/^\d{1,15}$/.test(text)) {
    throw new SignetError('invalid-parameter', `'${name}' must be a whole number.`, {
      field: name,
    });
  }
  return Number(text);
}
