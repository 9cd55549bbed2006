import { describe, expect, it } from 'vitest';
import { checkUrl } from '../../src/webhooks/check-url.ts';

describe('checkUrl', () => {
  it('returns the normal form', () => {
    expect(checkUrl('HTTPS://Hooks.Example.com:443/x?y=1', false)).toBe(
      'https://hooks.example.com/x?y=1',
    );
  });

  it.each([
    ['', 'a URL such as'],
    ['hooks.example.com', 'a URL such as'],
    ['https://hooks.example.com:99999/', 'a URL such as'],
    [`https://hooks.example.com/${'a'.repeat(2048)}`, 'at most 2048 characters'],
    ['http://hooks.example.com/', 'begins with https://'],
    ['ftp://hooks.example.com/', 'begins with https://'],
    ['https://name:secret@hooks.example.com/', 'without credentials'],
    ['https://hooks.example.com/#x', 'without a fragment'],
    ['https://hooks.example.com:0/', 'another port'],
    ['https://127.1/', 'another host'],
    ['https://0x7f000001/', 'another host'],
    ['https://[::ffff:10.0.0.1]/', 'another host'],
    ['https://localhost/', 'another host'],
    ['https://localhost../', 'another host'],
    ['https://a..b/', 'another host'],
    ['https://.example.com/', 'another host'],
    [`https://${'a'.repeat(64)}.example/`, 'another host'],
    [`https://${'a.'.repeat(126)}example/`, 'another host'],
  ])('refuses %j', (url, reason) => {
    expect(() => checkUrl(url, false)).toThrow(reason);
  });

  it('permits private hosts and http if the deployment does', () => {
    expect(checkUrl('http://127.0.0.1:8080/', true)).toBe('http://127.0.0.1:8080/');
  });
});
