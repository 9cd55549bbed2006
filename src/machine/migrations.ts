/** A file of migrations/. */
export interface Migration {
  readonly name: string;
  readonly statements: readonly string[];
}

/** Reads the binding MIGRATIONS. @throws TypeError if it is not a list of migrations */
export function readMigrations(env: unknown): Migration[] {
  const given: unknown = Reflect.get(Object(env), 'MIGRATIONS');
  if (!Array.isArray(given)) throw new TypeError('The binding MIGRATIONS is missing.');
  return given.map((each: unknown) => {
    const name: unknown = Reflect.get(Object(each), 'name');
    const statements: unknown = Reflect.get(Object(each), 'statements');
    if (typeof name !== 'string' || !Array.isArray(statements)) {
      throw new TypeError('The binding MIGRATIONS must list objects with name and statements.');
    }
    return { name, statements: statements.map(String) };
  });
}
