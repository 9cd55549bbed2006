/** Control, zero-width and direction characters, which make a text look like another one. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Writes invisible characters of a text as `\u{200b}`, so that the reader sees all of it. */
export function showText(value: string): string {
  return value.replace(
    INVISIBLE,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
