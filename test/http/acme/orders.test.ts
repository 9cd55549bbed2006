import { beforeEach, describe, expect, it } from 'vitest';
import { parsePem } from '../../../src/asn1/pem.ts';
import { parseCertificate } from '../../../src/x509/certificate/certificate.ts';
import { captureLog, type LiveWorker, openWorker } from '../live.ts';
import { type AcmeClient, BASE } from './acme-client.ts';
import { finalize, makeCsr, openBound, order } from './orders.ts';

captureLog();

let live: LiveWorker;
let client: AcmeClient;

beforeEach(async () => {
  live = await openWorker();
  client = await openBound(live);
});

describe('an order for pre-authorized names', () => {
  it('is born ready, valid after finalize, and has a chain to download', async () => {
    const names = ['a.internal.test', '*.b.internal.test', '10.0.0.5'];
    const ordered = await order(client, names);
    expect(ordered.status, ordered.text).toBe(201);
    const { json, headers } = ordered;
    const url = headers.get('Location') ?? '';
    expect(url).toMatch(new RegExp(`^${BASE}/order/[A-Za-z0-9]{20}$`));
    expect(json).toEqual({
      status: 'ready',
      expires: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      identifiers: [
        { type: 'dns', value: 'a.internal.test' },
        { type: 'dns', value: '*.b.internal.test' },
        { type: 'ip', value: '10.0.0.5' },
      ],
      authorizations: [expect.any(String), expect.any(String), expect.any(String)],
      finalize: `${url}/finalize`,
    });
    expect((await client.post(url)).json).toEqual(json);

    const finalized = await finalize(client, ordered, await makeCsr(names));
    expect(finalized.status, finalized.text).toBe(200);
    expect(finalized.headers.get('Location')).toBe(url);
    expect(finalized.json).toEqual({
      ...json,
      status: 'valid',
      certificate: url.replace('/order/', '/cert/'),
    });
    expect((await client.post(url)).json).toEqual(finalized.json);

    const { text, headers: sent } = await client.post(String(finalized.json.certificate));
    expect(sent.get('Content-Type')).toBe('application/pem-certificate-chain');
    expect(text).toMatch(/-----END CERTIFICATE-----\n$/);
    const [leaf, root, ...others] = parsePem(text).map(({ der }) => parseCertificate(der));
    expect(others).toEqual([]);
    expect(leaf?.issuerDer).toEqual(root?.subjectDer);
    expect(root?.issuerDer).toEqual(root?.subjectDer);
  });
});
