import { makeSecrets } from '../../scripts/secrets.ts';

/**
 * Makes a full set of new secrets for a server.
 * @param changes override them; null leaves a secret out
 */
export function makeServerSecrets(
  changes: Readonly<Record<string, string | null>> = {},
): Record<string, string> {
  return Object.fromEntries(
    Object.entries({ ...makeSecrets(), ...changes }).flatMap(([name, value]) =>
      value === null ? [] : [[name, value]],
    ),
  );
}
