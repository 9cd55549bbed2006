-- The inventory: certificates that users keep here, with their private keys.

CREATE TABLE inventory (
  id TEXT PRIMARY KEY,                -- 'cert-' and 12 of a-z0-9
  account_id TEXT NOT NULL,
  name TEXT NOT NULL,
  type INTEGER NOT NULL CHECK (type IN (1, 2)), -- 1 server, 2 client
  certificate TEXT NOT NULL,          -- base64 of DER
  chain TEXT NOT NULL,                -- JSON array of base64 DER, issuer first
  private_key TEXT,                   -- sealed under '{account_id}:{id}'; PEM of the key, or of a CMS encrypted for upload_public_key
  upload_public_key TEXT,             -- base64 of SubjectPublicKeyInfo
  common_name TEXT NOT NULL,          -- '' if the subject has none
  dns_names TEXT NOT NULL,            -- JSON array of text
  ip_addresses TEXT NOT NULL DEFAULT '[]', -- JSON array of text
  fingerprint TEXT NOT NULL,          -- SHA-256 in hex
  not_before_s INTEGER NOT NULL,
  not_after_s INTEGER NOT NULL,
  marks TEXT NOT NULL,                -- JSON array of the weaknesses found at upload
  origin TEXT NOT NULL CHECK (origin IN ('upload', 'issued')),
  notified_days INTEGER,              -- the last announced threshold in days before expiry; 0 for the expiry itself
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  UNIQUE (account_id, name)
) STRICT;

-- Finds keys sealed under an old sealing key. The first expression is the version.
CREATE INDEX inventory_by_sealing_version ON inventory (
  CAST(substr(private_key, 2, instr(private_key, '.') - 2) AS INTEGER), id)
  WHERE private_key IS NOT NULL;

-- Finds entries whose expiry is still to be announced.
CREATE INDEX inventory_by_expiry ON inventory (not_after_s) WHERE COALESCE(notified_days, 1) > 0;

-- The services that use a certificate of the inventory.
CREATE TABLE inventory_bindings (
  certificate_id TEXT NOT NULL,       -- id in inventory
  service_name TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  PRIMARY KEY (certificate_id, service_name, resource_id)
) STRICT, WITHOUT ROWID;
