-- The newest complete CRL of each authority. A revision below the authority's means that it is stale.
CREATE TABLE crls (
  authority_id TEXT PRIMARY KEY,
  number INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  entries INTEGER NOT NULL,
  this_update_s INTEGER NOT NULL,
  next_update_s INTEGER NOT NULL,
  sha256 TEXT NOT NULL              -- hex, of the DER
) STRICT, WITHOUT ROWID;

-- Its DER in base64, cut so that each row stays under D1's 2 MB.
CREATE TABLE crl_parts (
  authority_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  part INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (authority_id, number, part)
) STRICT;
