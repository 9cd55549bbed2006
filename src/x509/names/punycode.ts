/** The parameters of RFC 3492 section 5. */
const BASE = 36;
const T_MIN = 1;
const T_MAX = 26;
const SKEW = 38;
const DAMP = 700;
const INITIAL_BIAS = 72;
const INITIAL_N = 0x80;
const MAX_CODE_POINT = 0x10ffff;

/**
 * Decodes Punycode (RFC 3492 section 6.2).
 * @param encoded a label without its "xn--". Limit its length: the time grows with its square
 * @returns the label in Unicode, or null if `encoded` is not Punycode of well-formed Unicode text
 */
export function decodePunycode(encoded: string): string | null {
  const delimiter = encoded.lastIndexOf('-');
  const output = [...encoded.slice(0, Math.max(delimiter, 0))].map((c) => c.charCodeAt(0));
  let n = INITIAL_N;
  let index = 0;
  let bias = INITIAL_BIAS;
  for (let at = delimiter + 1; at < encoded.length; ) {
    const previousIndex = index;
    for (let weight = 1, k = BASE; ; k += BASE) {
      const digit = digitValue(encoded.charCodeAt(at++));
      if (digit === null) return null;
      index += digit * weight;
      if (index > 0x7fffffff) return null;
      const threshold = Math.min(Math.max(k - bias, T_MIN), T_MAX);
      if (digit < threshold) break;
      weight *= BASE - threshold;
    }
    const length = output.length + 1;
    bias = adapt(index - previousIndex, length, previousIndex === 0);
    n += Math.floor(index / length);
    index %= length;
    if (n > MAX_CODE_POINT) return null;
    output.splice(index++, 0, n);
  }
  const text = String.fromCodePoint(...output);
  return text.isWellFormed() ? text : null;
}

/** Encodes well-formed Unicode text as Punycode (RFC 3492 section 6.3), without "xn--". */
export function encodePunycode(text: string): string {
  const codePoints = [...text].map((character) => character.codePointAt(0) ?? 0);
  const basic = codePoints.filter((codePoint) => codePoint < INITIAL_N);
  let output = String.fromCharCode(...basic) + (basic.length > 0 ? '-' : '');
  let bias = INITIAL_BIAS;
  let delta = 0;
  let n = INITIAL_N;
  for (let handled = basic.length; handled < codePoints.length; ) {
    const from = n;
    n = Math.min(...codePoints.filter((codePoint) => codePoint >= from));
    delta += (n - from) * (handled + 1);
    for (const codePoint of codePoints) {
      if (codePoint < n) delta++;
      if (codePoint !== n) continue;
      output += encodeDelta(delta, bias);
      bias = adapt(delta, handled + 1, handled === basic.length);
      delta = 0;
      handled++;
    }
    delta++;
    n++;
  }
  return output;
}

function encodeDelta(delta: number, bias: number): string {
  let digits = '';
  let left = delta;
  for (let k = BASE; ; k += BASE) {
    const threshold = Math.min(Math.max(k - bias, T_MIN), T_MAX);
    if (left < threshold) return digits + toDigit(left);
    const digit = threshold + ((left - threshold) % (BASE - threshold));
    digits += toDigit(digit);
    left = Math.floor((left - threshold) / (BASE - threshold));
  }
}

/** a to z stand for 0 to 25, 0 to 9 for 26 to 35. */
function toDigit(value: number): string {
  return String.fromCharCode(value < 26 ? 0x61 + value : 0x30 + value - 26);
}

/** Returns null for NaN too, which charCodeAt gives past the end of the text. */
function digitValue(code: number): number | null {
  if (code >= 0x61 && code <= 0x7a) return code - 0x61;
  if (code >= 0x41 && code <= 0x5a) return code - 0x41;
  if (code >= 0x30 && code <= 0x39) return code - 0x30 + 26;
  return null;
}

function adapt(delta: number, length: number, isFirst: boolean): number {
  let left = Math.floor(delta / (isFirst ? DAMP : 2));
  left += Math.floor(left / length);
  let k = 0;
  for (; left > ((BASE - T_MIN) * T_MAX) / 2; k += BASE) left = Math.floor(left / (BASE - T_MIN));
  return k + Math.floor(((BASE - T_MIN + 1) * left) / (left + SKEW));
}
