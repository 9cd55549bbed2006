import type { JSX } from 'preact';
import { language } from '../state/language.ts';
import { text } from './texts.ts';

const UNITS = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;

/** A time as date and clock in UTC, with how far away it is. */
export function Time({ at }: { readonly at: string }): JSX.Element {
  const whole = at.replace('T', ' ').replace(/(\.\d+)?Z$/, '');
  return (
    <time dateTime={at} title={text('showTime', { time: whole })} class="time">
      <span class="nowrap">{whole.slice(0, 16)}</span> <small>{describeDistance(at)}</small>
    </time>
  );
}

export function describeDistance(at: string, nowMs = Date.now()): string {
  const seconds = Math.round((Date.parse(at) - nowMs) / 1000);
  const [unit, length] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? ['second', 1];
  const format = new Intl.RelativeTimeFormat(language.value, { numeric: 'auto' });
  return format.format(Math.round(seconds / length), unit);
}
