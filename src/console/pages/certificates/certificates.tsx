import type { JSX } from 'preact';
import type { PageProps } from '../page-props.ts';
import { CertificatePage } from './certificate-page.tsx';
import { SearchPage } from './search-page.tsx';

export default function Certificates({ path, query }: PageProps): JSX.Element {
  const [serial] = path;
  return serial === undefined ? (
    <SearchPage query={query} />
  ) : (
    <CertificatePage serial={serial} authority={query.get('authority')} />
  );
}
