import { text } from './texts.ts';

interface Names {
  readonly dns: string[];
  readonly ip: string[];
  readonly email: string[];
}

/** Reads domains, networks and mailboxes, one on each line, and finds the kind of each. */
export function readNameLimits(typed: string): Names {
  const all = typed.split(/[\s,]+/).filter((value) => value !== '');
  const isNetwork = (value: string) => /^[\da-f.:]+\/\d+$/i.test(value);
  return {
    dns: all.filter((value) => !value.includes('@') && !isNetwork(value)),
    ip: all.filter(isNetwork),
    email: all.filter((value) => value.includes('@')),
  };
}

/** Null for those of the configuration. @throws Error if it is not a JSON object */
export function readProfiles(typed: string): object | null {
  if (typed.trim() === '') return null;
  let profiles: unknown;
  try {
    profiles = JSON.parse(typed);
  } catch {
    throw new Error(text('wrongJson'));
  }
  if (typeof profiles === 'object' && profiles !== null) return profiles;
  throw new Error(text('wrongJson'));
}
