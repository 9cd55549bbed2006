/** Controls, and characters that change the direction of text or are invisible. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const HARMLESS: ReadonlySet<string> = new Set(['\n', '\t']);

/**
 * Escapes the characters by which a stranger's text could change what a terminal shows: `\u001b`.
 * Newlines and tabs stay. JSON stays the same JSON.
 */
export function escapeControls(text: string): string {
  return text.replace(UNSAFE, (character) =>
    HARMLESS.has(character)
      ? character
      : character
          .split('')
          .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
          .join(''),
  );
}
