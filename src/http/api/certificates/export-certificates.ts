import type { RecordedCertificate } from '../../../issuance/store.ts';
import type { SearchPage, SearchPosition } from '../../../search/store.ts';
import { streamText } from '../common/stream-text.ts';

export const EXPORT_TYPES = ['text/csv', 'application/x-ndjson'] as const;
type ExportType = (typeof EXPORT_TYPES)[number];

/** A Worker may send a thousand queries for one request, so a million certificates need large pages. */
export const EXPORT_PAGE = 1900;

type Row = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/**
 * Streams every certificate of a search, page by page, so that memory does not grow with their number.
 * An error in the middle ends the answer as incomplete.
 * @param columns of CSV, which has a header even if nothing was found
 */
export function exportCertificates(
  type: ExportType,
  columns: readonly string[],
  first: SearchPage,
  read: (page: {
    readonly after: SearchPosition | null;
    readonly limit: number;
    readonly counts: false;
  }) => Promise<SearchPage>,
  toRow: (certificate: RecordedCertificate) => Row,
): Response {
  const isCsv = type === 'text/csv';
  const write = isCsv
    ? (row: Row) => writeCsv(columns.map((name) => row[name] ?? null))
    : writeLine;
  async function* writePages() {
    if (isCsv) yield writeCsv(columns);
    for (let page = first; ; ) {
      yield page.certificates.map((certificate) => write(toRow(certificate))).join('');
      if (page.next === null) return;
      page = await read({ after: page.next, limit: EXPORT_PAGE, counts: false });
    }
  }
  const headers = new Headers({
    'Content-Type': isCsv ? 'text/csv; charset=utf-8; header=present' : type,
    'Content-Disposition': `attachment; filename="certificates.${isCsv ? 'csv' : 'ndjson'}"`,
    Vary: 'Accept',
  });
  return new Response(streamText(writePages()), { headers });
}

function writeLine(row: Row): string {
  return `${JSON.stringify(row)}\n`;
}

/** RFC 4180. */
function writeCsv(cells: readonly Row[string][]): string {
  return `${cells.map(writeCell).join(',')}\r\n`;
}

/** A spreadsheet would execute a cell that begins like a formula. */
function writeCell(value: Row[string]): string {
  const text = Array.isArray(value) ? value.join(' ') : String(value ?? '');
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n' ]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
