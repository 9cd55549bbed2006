import type { ComponentChildren, JSX } from 'preact';

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** 'main' is the row's name: on a phone it stands above the others. */
  readonly kind?: 'main' | 'number' | 'actions';
}

/** A table; on a phone each row becomes a card. */
export function Table<Row>(props: {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
}): JSX.Element {
  return (
    // Without its roles, a table that CSS lays out as cards is none for a screen reader.
    <div class="table-frame">
      <table class="table">
        <caption class="hidden">{props.caption}</caption>
        <thead>
          <tr>
            {props.columns.map(({ title, kind }) => (
              <th key={title} scope="col" class={kind}>
                {kind === 'actions' ? <span class="hidden">{title}</span> : title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {props.rows.map((row) => (
            <tr key={props.keyOf(row)}>
              {props.columns.map(({ title, kind, cell }) =>
                kind === 'main' ? (
                  <th key={title} scope="row" class="main">
                    {cell(row)}
                  </th>
                ) : (
                  <td key={title} class={kind} data-title={kind === 'actions' ? undefined : title}>
                    {/* One element, so that on a phone the whole cell is beside the title. */}
                    <div>{cell(row)}</div>
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
