-- All that are valid of one key, for revoking them together.
CREATE INDEX certificates_by_key ON certificates (public_key_id, not_after_s)
  WHERE public_key_id IS NOT NULL;

-- Which certificates are those of authorities here: they are revoked with their authority.
CREATE INDEX authority_certificates_by_serial ON authority_certificates (issuer_id, serial);
