import { parse } from 'valibot';
import { describe, expect, it } from 'vitest';
import { DECODED_CERTIFICATE } from '../../../src/http/api/certificates/decoded-answer.ts';
import { describeCertificate } from '../../../src/x509/description/describe-certificate.ts';
import { openFixture } from '../../x509/description/fixtures.ts';

describe('the schema of decoded certificates', () => {
  // Parsing leaves out what a schema does not name.
  it.each(['every-extension', 'deceptive', 'unreadable'])('has every field: %s', async (name) => {
    const described = await describeCertificate(openFixture(name));
    expect(parse(DECODED_CERTIFICATE, described)).toEqual(described);
  });
});
