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
 */
export function exportCertificates(
  type: ExportType,
  first: SearchPage,
  read: (page: {
    readonly after: SearchPosition | null;
    readonly limit: number;
    readonly counts: false;
  }) => Promise<SearchPage>,
  toRow: (certificate: RecordedCertificate) => Row,
): Response {
  const write = type === 'text/csv' ? writeCsv : writeLine;
  async function* writePages() {
    let page = first;
    let isFirst = true;
    for (;;) {
      const rows = page.certificates.map(toRow);
      const header = isFirst && type === 'text/csv' && rows[0] !== undefined;
      yield [
        ...(header ? [writeCsv(nameColumns(rows[0] ?? {}))] : []),
        ...rows.map((row) => write(row)),
      ].join('');
      if (page.next === null) return;
      isFirst &&= rows.length === 0;
      page = await read({ after: page.next, limit: EXPORT_PAGE, counts: false });
    }
  }
  const headers = new Headers({
    'Content-Type': type === 'text/csv' ? 'text/csv; charset=utf-8; header=present' : type,
    'Content-Disposition': `attachment; filename="certificates.${type === 'text/csv' ? 'csv' : 'ndjson'}"`,
    Vary: 'Accept',
  });
  return new Response(streamText(writePages()), { headers });
}

function nameColumns(row: Row): Row {
  return Object.fromEntries(Object.keys(row).map((name) => [name, name]));
}

function writeLine(row: Row): string {
  return `${JSON.stringify(row)}\n`;
}

/** RFC 4180. */
function writeCsv(row: Row): string {
  return `${Object.values(row).map(writeCell).join(',')}\r\n`;
}

/** A spreadsheet would execute a cell that begins like a formula. */
function writeCell(value: Row[string]): string {
  const text = Array.isArray(value) ? value.join(' ') : String(value ?? '');
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n' ]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
