/** One number with its labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric family of OpenMetrics 1.0. */
export interface Family {
  /** Without `_total`, which the samples of a counter get. */
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'info';
  /** The base unit that the name ends with, if there is one. */
  readonly unit?: 'seconds' | 'bytes';
  readonly help: string;
  readonly samples: readonly Sample[];
}

export const OPEN_METRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** Writes families in the text form of OpenMetrics 1.0. */
export function formatOpenMetrics(families: readonly Family[]): string {
  return `${families.map(formatFamily).join('')}# EOF\n`;
}

export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Writes families in the older text form of Prometheus, which has no units and no infos. */
export function formatPrometheus(families: readonly Family[]): string {
  return families
    .map((family) => {
      const { name, type, help, samples } = family;
      const whole = `${name}${SUFFIXES[type]}`;
      return [
        `# HELP ${whole} ${escapeHelp(help)}\n`,
        `# TYPE ${whole} ${type === 'info' ? 'gauge' : type}\n`,
        ...samples.map(({ labels, value }) => `${whole}${formatLabels(labels)} ${value}\n`),
      ].join('');
    })
    .join('');
}

const SUFFIXES = { counter: '_total', gauge: '', info: '_info' } as const;

/** Unlike the value of a label, it may hold quotation marks. */
function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function formatFamily({ name, type, unit, help, samples }: Family): string {
  const suffix = SUFFIXES[type];
  return [
    `# TYPE ${name} ${type}\n`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}\n`]),
    `# HELP ${name} ${escapeText(help)}\n`,
    ...samples.map(({ labels, value }) => `${name}${suffix}${formatLabels(labels)} ${value}\n`),
  ].join('');
}

function formatLabels(labels: Sample['labels']): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeText(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}
