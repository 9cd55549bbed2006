import { exactOptional, picklist, strictObject } from 'valibot';
import { describe, expect, it } from 'vitest';
import { SignetError } from '../../../src/errors.ts';
import {
  DATE_TIME,
  FLAG,
  NULLABLE_DATE_TIME,
  NULLABLE_NUMBER,
  TEXT,
  TEXTS,
} from '../../../src/http/api/common/field-schemas.ts';
import { readChanges, readFields, readJson } from '../../../src/http/api/common/read-json.ts';

const SCHEMA = strictObject({
  name: TEXT,
  scopes: exactOptional(TEXTS),
  enabled: exactOptional(FLAG),
  quota: exactOptional(NULLABLE_NUMBER),
  at: exactOptional(DATE_TIME),
  until: exactOptional(NULLABLE_DATE_TIME),
  type: exactOptional(picklist(['server', 'client'], 'server or client'), 'server'),
});

function refusal(read: () => unknown): { code: string; message: string; field: unknown } {
  try {
    read();
  } catch (error) {
    if (!(error instanceof SignetError)) throw error;
    const { code, message, field } = error;
    return { code, message, field };
  }
  throw new Error('nothing was refused');
}

const bytes = (text: string) => new TextEncoder().encode(text);

describe('readFields', () => {
  it('accepts valid fields, times as Unix seconds', () => {
    const fields = {
      name: 'a',
      scopes: ['*'],
      enabled: false,
      quota: null,
      at: '1970-01-01T00:01:00Z',
      until: null,
      type: 'client',
    };
    expect(readFields(SCHEMA, fields)).toEqual({ ...fields, at: 60 });
    expect(readFields(SCHEMA, { name: 'a' })).toEqual({ name: 'a', type: 'server' });
  });

  const TIME = 'a time like 2026-01-31T12:00:00Z (RFC 3339)';
  it.each([
    [
      { nam: 'a' },
      'nam',
      "There is no field 'nam' here. Use name, scopes, enabled, quota, at, until, type.",
    ],
    [{ name: 1 }, 'name', "'name' must be a string, not a number."],
    [{ name: null }, 'name', "'name' must be a string, not null."],
    [{ name: ['a'] }, 'name', "'name' must be a string, not an array."],
    [{ name: {} }, 'name', "'name' must be a string, not an object."],
    [{ name: 'a', scopes: '*' }, 'scopes', "'scopes' must be an array of strings, not a string."],
    [{ name: 'a', scopes: ['*', 2] }, 'scopes', "'scopes[1]' must be a string, not a number."],
    [{ name: 'a', enabled: 1 }, 'enabled', "'enabled' must be true or false, not a number."],
    [{ name: 'a', quota: '1' }, 'quota', "'quota' must be a number or null, not a string."],
    [{ name: 'a', at: null }, 'at', `'at' must be ${TIME}, not null.`],
    [{ name: 'a', at: 'soon' }, 'at', `'at' must be ${TIME}.`],
    [{ name: 'a', until: '2026-02-30T00:00:00Z' }, 'until', `'until' must be ${TIME}, or null.`],
    [{ name: 'a', type: 'x' }, 'type', "'type' must be server or client."],
    [{ name: 'a', constructor: 1 }, 'constructor', /There is no field 'constructor'/],
    [JSON.parse('{"name":"a","__proto__":{}}'), '__proto__', /There is no field '__proto__'/],
  ])('refuses %j', (fields, field, message) => {
    const refused = refusal(() => readFields(SCHEMA, fields));
    expect(refused).toMatchObject({ code: 'invalid-parameter', field });
    expect(refused.message).toMatch(message);
  });

  it('names a missing field, even one that every object inherits', () => {
    expect(refusal(() => readFields(SCHEMA, {}))).toEqual({
      code: 'missing-parameter',
      field: 'name',
      message: "'name' is missing.",
    });
    const inherited = strictObject({ toString: TEXT });
    expect(refusal(() => readFields(inherited, {})).code).toMatch(/parameter$/);
  });
});

describe('readJson', () => {
  it.each(['', 'x', '[]', '1', '{"name":"a"'])('refuses %j', (body) => {
    expect(refusal(() => readJson(SCHEMA, bytes(body))).code).toBe('malformed-request');
  });
});

describe('readChanges', () => {
  it('requires at least one field', () => {
    const schema = strictObject({ name: exactOptional(TEXT), enabled: exactOptional(FLAG) });
    expect(readChanges(schema, bytes('{"enabled":false}'))).toEqual({ enabled: false });
    expect(refusal(() => readChanges(schema, bytes('{}')))).toEqual({
      code: 'missing-parameter',
      field: undefined,
      message: 'There is nothing to change. Send at least one of name, enabled.',
    });
  });
});
