import type { Parameters } from './authentication/acs-parameters.ts';

/** The parts of a parameter that lists them with commas; none where it is missing. */
export function splitList(parameters: Parameters, name: string): readonly string[] {
  return (parameters.get(name) ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
