-- Certificates that users keep here, with their private keys.
CREATE TABLE inventory (
  id TEXT PRIMARY KEY,              -- 'cert-' and 12 of a-z0-9
  account_id TEXT NOT NULL,
  name TEXT NOT NULL,
  type INTEGER NOT NULL CHECK (type IN (1, 2)),     -- 1 server, 2 client
  certificate TEXT NOT NULL,        -- base64 of DER
  chain TEXT NOT NULL,              -- JSON array of base64 DER, issuer first
  private_key TEXT,                 -- sealed; PEM of the key, or of a CMS where upload_public_key was given
  upload_public_key TEXT,           -- base64 of SubjectPublicKeyInfo
  common_name TEXT NOT NULL,        -- '' where the subject has none
  dns_names TEXT NOT NULL,          -- JSON array of text
  fingerprint TEXT NOT NULL,        -- SHA-256, lower-case hex
  not_before_s INTEGER NOT NULL,
  not_after_s INTEGER NOT NULL,
  marks TEXT NOT NULL,              -- JSON array: weaknesses noted at upload
  origin TEXT NOT NULL CHECK (origin IN ('upload', 'issued')),
  notified_days INTEGER,            -- the last threshold before expiry that was announced; 0 for the expiry
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  UNIQUE (account_id, name)
) STRICT;

-- What still lies under an old sealing key: the number behind the 'v' that sealed texts begin with.
CREATE INDEX inventory_by_sealing_version ON inventory (
  CAST(substr(private_key, 2, instr(private_key, '.') - 2) AS INTEGER), id)
  WHERE private_key IS NOT NULL;

-- What may have to be announced yet.
CREATE INDEX inventory_by_expiry ON inventory (not_after_s) WHERE COALESCE(notified_days, 1) > 0;
