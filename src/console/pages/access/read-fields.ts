/** What was typed, or undefined for nothing: the field is then left out of the request. */
export function readOptional(typed: string): string | undefined {
  return typed.trim() === '' ? undefined : typed.trim();
}

/** The end of the day of a date field; null for never. */
export function readExpiry(date: string): string | null {
  return date === '' ? null : `${date}T23:59:59Z`;
}
