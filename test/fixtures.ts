/** The PEM files that test/fixtures/make.sh makes, by name. */
const csrs = import.meta.glob<string>('./fixtures/csr/*.pem', {
  query: '?raw',
  import: 'default',
  eager: true,
});
const keys = import.meta.glob<string>('./fixtures/keys/*.pem', {
  query: '?raw',
  import: 'default',
  eager: true,
});

export const CSR_NAMES = Object.keys(csrs).map((path) => path.slice('./fixtures/csr/'.length, -4));

export function csrPem(name: string): string {
  return required(csrs[`./fixtures/csr/${name}.pem`], name);
}

export function keyPem(name: string): string {
  return required(keys[`./fixtures/keys/${name}.pem`], name);
}

function required(text: string | undefined, name: string): string {
  if (text === undefined) throw new Error(`no fixture ${name}`);
  return text;
}
