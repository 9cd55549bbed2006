/** The header of the console's requests. Scripts and forms of other sites cannot set it. */
export const CONSOLE_MARK = { name: 'X-Requested-With', value: 'signet-console' } as const;

/** Tells whether a request says that it is the console's. */
export function isMarked({ headers }: Request): boolean {
  return headers.get(CONSOLE_MARK.name) === CONSOLE_MARK.value;
}
