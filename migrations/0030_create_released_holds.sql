-- Certificates that are on hold no longer, for delta lists (removeFromCRL, RFC 5280 section 5.3.1).
CREATE TABLE released_holds (
  authority_id TEXT NOT NULL,
  serial TEXT NOT NULL,
  crl_partition INTEGER,
  revision INTEGER NOT NULL,        -- the authority's revocation_revision that the release made
  released_at_s INTEGER NOT NULL,
  PRIMARY KEY (authority_id, serial)
) STRICT, WITHOUT ROWID;

CREATE INDEX released_holds_by_revision ON released_holds (authority_id, revision);
