import { describe, expect, it } from 'vitest';
import { showText } from '../../src/console/parts/shown-text.ts';

describe('showText', () => {
  it.each([
    ['paypal\u200b.com', 'paypal\\u{200b}.com'],
    ['\u202egnp.exe', '\\u{202e}gnp.exe'],
    ['a\u0000b\nc', 'a\\u{0}b\\u{a}c'],
    ['a\u{e0041}b', 'a\\u{e0041}b'],
    ['a\u3164b', 'a\\u{3164}b'],
    ['Müller 证书 😀', 'Müller 证书 😀'],
  ])('shows %j whole', (text, shown) => {
    expect(showText(text)).toBe(shown);
  });
});
