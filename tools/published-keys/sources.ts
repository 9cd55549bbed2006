/** Packages that contain private keys for tests, examples or local HTTPS. The versions are pinned. */
export const SOURCES: readonly {
  readonly kind: 'npm' | 'pypi' | 'go';
  readonly name: string;
}[] = [
  { kind: 'go', name: 'github.com/letsencrypt/boulder@v0.20261110.0' },
  { kind: 'go', name: 'golang.org/x/crypto@v0.31.0' },
  { kind: 'go', name: 'github.com/golang-jwt/jwt/v5@v5.2.1' },
  { kind: 'go', name: 'github.com/cloudflare/cfssl@v1.6.5' },
  { kind: 'go', name: 'github.com/caddyserver/caddy/v2@v2.8.4' },
  { kind: 'go', name: 'google.golang.org/grpc@v1.68.0' },
  { kind: 'go', name: 'golang.org/toolchain@v0.0.1-go1.23.4.linux-amd64' },
  { kind: 'go', name: 'golang.org/x/net@v0.33.0' },
  { kind: 'go', name: 'k8s.io/apiserver@v0.32.0' },
  { kind: 'go', name: 'k8s.io/client-go@v0.32.0' },
  { kind: 'go', name: 'github.com/letsencrypt/pebble/v2@v2.6.0' },
  { kind: 'go', name: 'github.com/smallstep/certificates@v0.28.1' },
  { kind: 'go', name: 'github.com/nats-io/nats-server/v2@v2.10.24' },
  { kind: 'pypi', name: 'cryptography-vectors==50.0.2' },
  { kind: 'pypi', name: 'tornado==6.5.2' },
  { kind: 'npm', name: 'selfsigned@2.4.1' },
  { kind: 'npm', name: 'pem@1.14.8' },
  { kind: 'npm', name: 'mockttp@4.6.5' },
  { kind: 'npm', name: 'spdy@4.0.2' },
  { kind: 'npm', name: 'jose@4.15.9' },
  { kind: 'npm', name: 'browser-sync@3.0.2' },
  { kind: 'npm', name: 'live-server-https@0.0.2' },
  { kind: 'npm', name: 'localhost.daplie.com-certificates@1.2.5' },
];

/** The keys of RFC 9500 that Signet would accept: testRSA2048, testRSA4096, testECCP256, -384, -521. */
export const RFC_9500: readonly string[] = [
  '6b460165c08f5313',
  '4757d7de027f20e5',
  '48e93232cc45c5b1',
  '28cf226bcf4c25dd',
  'bbb30308b6e618db',
];
