/**
 * Returns the paths of the tests to run after a change of `files`: the folders of test/ that mirror
 * the changed ones. The tests of the whole Worker and the interop tests are left to `npm test`.
 * @param files paths from the project's root
 */
export function selectTests(files: readonly string[]): string[] {
  return [...new Set(files.flatMap((file) => mirrorOf(file) ?? []))].sort();
}

/** Each dialect has its own tests, so `src/http/bce/` and `src/http/cas/` are two folders. */
const SPLIT_FOLDERS = ['http'];

function mirrorOf(file: string): string | null {
  const [top = '', folder = '', inner = '', rest] = file.split('/');
  if (top === 'tools' || top === 'scripts') return `test/${top}/`;
  if ((top !== 'src' && top !== 'test') || !file.endsWith('.ts')) return null;
  if (['interop', 'integration', 'fuzz'].includes(folder)) return null;
  if (inner === '') return `test/${folder.replace(/(\.test)?\.ts$/, '.test.ts')}`;
  const isSplit = SPLIT_FOLDERS.includes(folder) && rest !== undefined;
  return isSplit ? `test/${folder}/${inner}/` : `test/${folder}/`;
}
