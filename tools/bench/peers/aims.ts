import { formatNumber, type Table } from './table.ts';

/** Something to reach, and what was measured. */
export interface Aim {
  readonly text: string;
  readonly limit: number;
  /** Whether the value must be at least the limit, or below it. */
  readonly direction: 'at least' | 'below';
  readonly value: number;
  readonly unit?: string;
}

export function atLeast(text: string, limit: number, value: number): Aim {
  return { text, limit, value, direction: 'at least' };
}

export function below(text: string, limit: number, value: number, unit?: string): Aim {
  return { text, limit, value, direction: 'below', ...(unit === undefined ? {} : { unit }) };
}

export function isReached({ direction, value, limit }: Aim): boolean {
  return direction === 'at least' ? value >= limit : value < limit;
}

export function toAimTable(aims: readonly Aim[]): Table {
  return {
    title: 'Aims',
    header: ['', 'Aim', 'Measured', ''],
    rows: aims.map((aim) => {
      const unit = aim.unit === undefined ? '' : ` ${aim.unit}`;
      return [
        aim.text,
        `${aim.direction} ${aim.limit}${unit}`,
        `${formatNumber(aim.value)}${unit}`,
        isReached(aim) ? 'reached' : '**missed**',
      ];
    }),
  };
}
