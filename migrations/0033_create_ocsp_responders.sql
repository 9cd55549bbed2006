-- Certificates that sign OCSP answers in the name of a key generation, with their keys.
CREATE TABLE ocsp_responders (
  authority_id TEXT PRIMARY KEY,    -- the generation that issued the certificate
  certificate TEXT NOT NULL,        -- base64 of DER
  private_key TEXT NOT NULL,        -- PKCS#8 sealed under the record id 'ocsp-responder:{authority_id}'
  not_before_s INTEGER NOT NULL,
  not_after_s INTEGER NOT NULL,
  renew_from_s INTEGER,             -- from when on a job replaces it; NULL for one that was uploaded
  created_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX ocsp_responders_to_renew ON ocsp_responders (renew_from_s) WHERE renew_from_s IS NOT NULL;
