-- Certificate authorities, the CA certificates that they issue to each other, and their OCSP responders.
--
-- Conventions of all migrations: _s is Unix time in seconds, _ms Unix time in milliseconds. Hex is
-- lower-case. Serial numbers are hex without leading zeros. Sealed texts begin with 'v', the version of
-- the sealing key and a dot.

-- One row for each key generation of an authority. An id is part of URLs and never changes. The first
-- authority is 'default'.
CREATE TABLE authorities (
  id TEXT PRIMARY KEY,
  lineage TEXT NOT NULL,              -- id of the first generation: users call the authority by it
  current INTEGER NOT NULL CHECK (current IN (0, 1)), -- 1 for the generation that signs certificates
  name TEXT NOT NULL,
  account_id TEXT NOT NULL,
  parent_id TEXT,                     -- the generation that issued the certificate; NULL for a root or an issuer elsewhere
  certificate TEXT,                   -- base64 of DER; NULL while pending
  certificate_sha256 TEXT,            -- hex
  serial TEXT,                        -- of the certificate; NULL if parent_id is NULL
  chain TEXT NOT NULL DEFAULT '[]',   -- JSON array of base64 DER, issuer first, root last, if the issuer is elsewhere; else '[]'
  request TEXT,                       -- base64 of the PKCS#10 DER that waits for its certificate
  public_key_id TEXT,                 -- hex, see src/x509/keys/public-key.ts
  key_source TEXT NOT NULL,           -- 'secret:CA_KEY', 'secret:CA_KEY_…' or 'sealed'
  private_key TEXT,                   -- PKCS#8, sealed under 'authority:{id}:{account_id}'; NULL if the key is a secret
  profiles TEXT,                      -- JSON object of the authority's own profiles by name, in the first generation's row; NULL for those of the configuration
  state TEXT NOT NULL CHECK (state IN ('active', 'disabled', 'revoked', 'pending')),
  revocation_revision INTEGER NOT NULL DEFAULT 0, -- rises with each change of revocations
  purged_revision INTEGER NOT NULL DEFAULT 0,     -- the revision that the edge caches were last purged for
  removals INTEGER NOT NULL DEFAULT 0,            -- rises when an entry leaves the CRLs, so that a list built meanwhile is not stored
  reserved_slots INTEGER NOT NULL DEFAULT 0,      -- places in CRL partitions given out so far, used or not
  created_at_ms INTEGER NOT NULL,
  certified_at_ms INTEGER NOT NULL    -- when the certificate was last replaced
) STRICT;

CREATE UNIQUE INDEX authorities_current ON authorities (lineage) WHERE current = 1;
CREATE INDEX authorities_of_account ON authorities (account_id);
CREATE INDEX authorities_of_lineage ON authorities (lineage, created_at_ms);
CREATE INDEX authorities_below ON authorities (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX authorities_by_key ON authorities (public_key_id) WHERE public_key_id IS NOT NULL;
CREATE INDEX authorities_certified ON authorities (id) WHERE certificate IS NOT NULL;
CREATE INDEX authorities_to_purge ON authorities (id) WHERE purged_revision < revocation_revision;

-- Finds keys sealed under an old sealing key. The first expression is the version.
CREATE INDEX authorities_by_sealing_version ON authorities (
  CAST(substr(private_key, 2, instr(private_key, '.') - 2) AS INTEGER), id)
  WHERE private_key IS NOT NULL;

-- Certificates that an authority here issued for the key of an authority here. The table certificates
-- has each of them, too.
CREATE TABLE authority_certificates (
  authority_id TEXT NOT NULL,         -- the authority whose key is certified
  issuer_id TEXT NOT NULL,
  serial TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('sub-ca', 'cross')), -- 'cross': issued by another generation of the same authority
  PRIMARY KEY (authority_id, issuer_id, serial)
) STRICT, WITHOUT ROWID;

-- Tells whether a certificate is one of an authority, which is revoked with its authority only.
CREATE INDEX authority_certificates_by_serial ON authority_certificates (issuer_id, serial);

-- The names of CAs: of all authorities here, and of CAs elsewhere that one of them has certified. A name
-- stays reserved for ever (RFC 5280 section 4.1.2.6).
CREATE TABLE ca_names (
  name TEXT NOT NULL,                 -- the Name in canonical form, see findSubjectKey
  public_key_id TEXT NOT NULL,        -- hex; '' if it is not known
  lineage TEXT,                       -- the authority; NULL for a CA elsewhere
  PRIMARY KEY (name, public_key_id)
) STRICT, WITHOUT ROWID;

-- One instance permits one subordinate CA whose key the customer holds.
CREATE TABLE external_ca_instances (
  id TEXT PRIMARY KEY,                -- 'cas_deposit-cn-' and 12 of a-z0-9
  account_id TEXT NOT NULL,
  authority_id TEXT NOT NULL,         -- the authority that issues the certificate
  state TEXT NOT NULL CHECK (state IN ('BUY', 'USED', 'REFUND')), -- REVOKE follows from revocations
  max_validity_days INTEGER NOT NULL,
  max_path_length INTEGER NOT NULL,
  issuer_id TEXT,                     -- with serial: the certificate of a used instance
  serial TEXT,
  created_at_ms INTEGER NOT NULL,
  used_at_ms INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX external_ca_instances_of_account ON external_ca_instances (account_id, id);
CREATE INDEX external_ca_instances_by_certificate ON external_ca_instances (issuer_id, serial)
  WHERE serial IS NOT NULL;

-- The certificate and key that sign OCSP responses for one key generation.
CREATE TABLE ocsp_responders (
  authority_id TEXT PRIMARY KEY,      -- the generation that issued the certificate
  certificate TEXT NOT NULL,          -- base64 of DER
  private_key TEXT NOT NULL,          -- PKCS#8, sealed under the record id 'ocsp-responder:{authority_id}'
  not_before_s INTEGER NOT NULL,
  not_after_s INTEGER NOT NULL,
  renew_from_s INTEGER,               -- when the job may replace it; NULL for an uploaded one
  created_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX ocsp_responders_to_renew ON ocsp_responders (renew_from_s) WHERE renew_from_s IS NOT NULL;

-- Finds keys sealed under an old sealing key. The first expression is the version.
CREATE INDEX ocsp_responders_by_sealing_version ON ocsp_responders (
  CAST(substr(private_key, 2, instr(private_key, '.') - 2) AS INTEGER), authority_id);
