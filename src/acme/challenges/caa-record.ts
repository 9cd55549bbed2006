import { decodeUtf8 } from '../../bytes.ts';
import { NetworkError } from '../../net/network-error.ts';

/** A CAA property (RFC 8659 section 4.1). */
export interface CaaProperty {
  readonly critical: boolean;
  /** In lower case. */
  readonly tag: string;
  readonly value: Uint8Array;
}

/** @param data of a CAA record. @throws NetworkError dns */
export function parseCaaRecord(data: Uint8Array): CaaProperty {
  const [flags = 0, tagLength = 0] = data;
  const tag = decodeUtf8(data.subarray(2, 2 + tagLength)) ?? '';
  if (tag.length !== tagLength || !/^[0-9A-Za-z]+$/.test(tag)) {
    throw new NetworkError('dns', 'A CAA record is malformed.');
  }
  return {
    critical: (flags & 0x80) !== 0,
    tag: tag.toLowerCase(),
    value: data.subarray(2 + tagLength),
  };
}

/** The value of a property issue or issuewild (RFC 8659 section 4.2). */
export interface IssueValue {
  /** In lower case; empty if no CA may issue. */
  readonly issuer: string;
  /** Names in lower case. */
  readonly parameters: readonly { readonly name: string; readonly value: string }[];
}

/** Returns null for a value that breaks the syntax: no CA may issue because of it. */
export function parseIssueValue(value: Uint8Array): IssueValue | null {
  const text = decodeUtf8(value);
  if (text === null) return null;
  const [issuer = '', ...rest] = text.split(';').map(trimBlanks);
  if (!/^(?:[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/.test(issuer)) return null;
  // The last parameter may end with a semicolon.
  if (rest.at(-1) === '') rest.pop();
  const parameters = rest.map(parseParameter);
  if (parameters.includes(null)) return null;
  return { issuer: issuer.toLowerCase(), parameters: parameters.filter((each) => each !== null) };
}

function parseParameter(text: string) {
  const [, name, value] = /^([0-9A-Za-z-]+)[ \t]*=[ \t]*([\x21-\x7e]*)$/.exec(text) ?? [];
  return name === undefined || value === undefined ? null : { name: name.toLowerCase(), value };
}

/** Trims spaces and tabs only: other white space breaks the syntax. */
function trimBlanks(text: string): string {
  return text.replace(/^[ \t]+/, '').replace(/[ \t]+$/, '');
}
