-- What certificates are searched by.
--
-- Each term of a certificate is a row, in the order of issue. A search by one term is therefore one range
-- of the primary key, already sorted, and reads nothing but what it returns. Suffixes of DNS names are
-- terms of their own for the same reason: a range over reversed names would have to be sorted.
-- Certificates are referred to by serial number and authority: rowids change when a database is exported
-- and imported.
CREATE TABLE certificate_terms (
  term TEXT NOT NULL,                 -- kind and value, see src/search/terms.ts
  issued_at_ms INTEGER NOT NULL,
  serial TEXT NOT NULL,
  authority_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  PRIMARY KEY (term, issued_at_ms, serial, authority_id)
) STRICT, WITHOUT ROWID;

-- The same for an account, which sees its own certificates only. The account root sees all.
CREATE INDEX certificate_terms_of_account ON certificate_terms
  (account_id, term, issued_at_ms, serial, authority_id) WHERE account_id <> 'root';

-- The two orders of a search without a term, for root and for an account.
CREATE INDEX certificates_by_issue ON certificates (issued_at_ms, serial, authority_id);
CREATE INDEX certificates_by_expiry ON certificates (not_after_s, serial, authority_id);
CREATE INDEX certificates_of_account_by_issue ON certificates
  (account_id, issued_at_ms, serial, authority_id) WHERE account_id <> 'root';
CREATE INDEX certificates_of_account_by_expiry ON certificates
  (account_id, not_after_s, serial, authority_id) WHERE account_id <> 'root';

-- Revoked certificates and those on hold are few among all, so they have a term. Triggers keep it, so
-- that no way to revoke or release a certificate can forget it.
CREATE TRIGGER revocation_inserted AFTER INSERT ON revocations BEGIN
  INSERT INTO certificate_terms (term, issued_at_ms, serial, authority_id, account_id)
  SELECT CASE WHEN NEW.reason = 6 THEN 'state:on-hold' ELSE 'state:revoked' END,
    certificates.issued_at_ms, certificates.serial, certificates.authority_id,
    certificates.account_id
  FROM certificates
  WHERE certificates.serial = NEW.serial AND certificates.authority_id = NEW.authority_id
  ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER revocation_changed AFTER UPDATE OF reason ON revocations
WHEN (OLD.reason = 6) <> (NEW.reason = 6) BEGIN
  DELETE FROM certificate_terms
  WHERE term = CASE WHEN OLD.reason = 6 THEN 'state:on-hold' ELSE 'state:revoked' END
    AND serial = NEW.serial AND authority_id = NEW.authority_id
    AND issued_at_ms = (
      SELECT certificates.issued_at_ms FROM certificates
      WHERE certificates.serial = NEW.serial AND certificates.authority_id = NEW.authority_id);
  INSERT INTO certificate_terms (term, issued_at_ms, serial, authority_id, account_id)
  SELECT CASE WHEN NEW.reason = 6 THEN 'state:on-hold' ELSE 'state:revoked' END,
    certificates.issued_at_ms, certificates.serial, certificates.authority_id,
    certificates.account_id
  FROM certificates
  WHERE certificates.serial = NEW.serial AND certificates.authority_id = NEW.authority_id
  ON CONFLICT DO NOTHING;
END;

CREATE TRIGGER revocation_deleted AFTER DELETE ON revocations BEGIN
  DELETE FROM certificate_terms
  WHERE term = CASE WHEN OLD.reason = 6 THEN 'state:on-hold' ELSE 'state:revoked' END
    AND serial = OLD.serial AND authority_id = OLD.authority_id
    AND issued_at_ms = (
      SELECT certificates.issued_at_ms FROM certificates
      WHERE certificates.serial = OLD.serial AND certificates.authority_id = OLD.authority_id);
END;

-- How far the certificates from before this table have been given terms: the job index-certificates goes
-- through them by serial number. There is no row once it has reached the end.
CREATE TABLE certificate_terms_backfill (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  serial TEXT NOT NULL,               -- the last certificate that has its terms; '' before the first
  authority_id TEXT NOT NULL
) STRICT;
INSERT INTO certificate_terms_backfill (id, serial, authority_id)
SELECT 1, '', '' WHERE EXISTS (SELECT 1 FROM certificates);
