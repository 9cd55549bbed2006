import { describe, expect, it } from 'vitest';
import { escapeControls } from '../../scripts/terminal.ts';

describe('escapeControls', () => {
  it.each([
    ['\u001b[2J\u001b]0;title\u0007', '\\u001b[2J\\u001b]0;title\\u0007'],
    ['a\rb\bc\u007f', 'a\\u000db\\u0008c\\u007f'],
    ['\u009b31m', '\\u009b31m'],
    ['\u202egnp.exe\u200b\u2028', '\\u202egnp.exe\\u200b\\u2028'],
    ['\u{e0041}', '\\udb40\\udc41'],
    ['两\tlines\nof text é', '两\tlines\nof text é'],
  ])('shows %j as %j', (text, shown) => {
    expect(escapeControls(text)).toBe(shown);
  });

  it('keeps the meaning of JSON', () => {
    const record = { message: '\u001b[2J\u009b1m\u{e0041}\u202e' };
    const line = escapeControls(JSON.stringify(record));
    expect(line).toMatch(/^[\x20-\x7e]*$/);
    expect(JSON.parse(line)).toEqual(record);
  });
});
