-- Finds where a certificate is kept and in use.
CREATE INDEX inventory_by_fingerprint ON inventory (fingerprint, account_id);
