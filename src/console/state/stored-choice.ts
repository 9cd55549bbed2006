import { type Signal, signal } from '@preact/signals';

/** A choice of the user that this browser remembers, such as the language. */
export function createStoredChoice<const Value extends string>(
  name: string,
  values: readonly Value[],
  fallback: Value,
): Signal<Value> {
  const key = `signet-${name}`;
  const stored = read(key);
  const choice = signal(values.find((value) => value === stored) ?? fallback);
  choice.subscribe((value) => {
    try {
      localStorage.setItem(key, value);
    } catch {
      // A browser may forbid storage. The choice then lasts as long as the page.
    }
  });
  return choice;
}

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
