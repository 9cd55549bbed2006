-- Nonces of signed calls: the same one of the same access key is refused for 31 minutes.
CREATE TABLE nonces (
  access_key_id TEXT NOT NULL,
  nonce TEXT NOT NULL,
  request_id TEXT NOT NULL,         -- of the one request that may use it
  used_at_s INTEGER NOT NULL,
  PRIMARY KEY (access_key_id, nonce)
) STRICT;

CREATE INDEX nonces_by_age ON nonces (used_at_s);
