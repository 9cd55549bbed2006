-- Counters for metrics: numbers that would otherwise need a scan. Triggers keep them in the batches that
-- change what they count, so that no way to issue or revoke can forget them.

-- Certificates by the UTC day of their expiry (Unix seconds divided by 86400): what has expired, and
-- what expires soon, are sums over days.
CREATE TABLE certificate_counts (
  authority_id TEXT NOT NULL,
  profile TEXT NOT NULL,
  expiry_day INTEGER NOT NULL,
  issued INTEGER NOT NULL,            -- all of them
  revoked INTEGER NOT NULL DEFAULT 0, -- without those on hold
  held INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (authority_id, profile, expiry_day)
) STRICT, WITHOUT ROWID;

CREATE TABLE revocation_counts (
  authority_id TEXT NOT NULL,
  reason INTEGER NOT NULL,            -- CRLReason, RFC 5280 section 5.3.1
  total INTEGER NOT NULL,
  PRIMARY KEY (authority_id, reason)
) STRICT, WITHOUT ROWID;

CREATE TABLE job_runs (
  job TEXT PRIMARY KEY,
  runs INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  last_run_s INTEGER NOT NULL,
  last_success_s INTEGER              -- NULL before the first one
) STRICT, WITHOUT ROWID;

INSERT INTO certificate_counts (authority_id, profile, expiry_day, issued, revoked, held)
SELECT certificates.authority_id, certificates.profile, certificates.not_after_s / 86400, COUNT(*),
  SUM(revocations.reason IS NOT NULL AND revocations.reason <> 6), SUM(revocations.reason IS 6)
FROM certificates
LEFT JOIN revocations ON revocations.authority_id = certificates.authority_id
  AND revocations.serial = certificates.serial
GROUP BY 1, 2, 3;

INSERT INTO revocation_counts (authority_id, reason, total)
SELECT authority_id, reason, COUNT(*) FROM revocations GROUP BY 1, 2;

CREATE TRIGGER certificate_counted AFTER INSERT ON certificates BEGIN
  INSERT INTO certificate_counts (authority_id, profile, expiry_day, issued)
  VALUES (NEW.authority_id, NEW.profile, NEW.not_after_s / 86400, 1)
  ON CONFLICT (authority_id, profile, expiry_day) DO UPDATE SET issued = issued + 1;
END;

-- An imported entry may get its certificate later, with another expiry.
CREATE TRIGGER certificate_recounted AFTER UPDATE OF not_after_s ON certificates
WHEN OLD.not_after_s / 86400 <> NEW.not_after_s / 86400 BEGIN
  UPDATE certificate_counts SET issued = issued - 1,
    revoked = revoked - EXISTS (
      SELECT 1 FROM revocations
      WHERE revocations.authority_id = OLD.authority_id AND revocations.serial = OLD.serial
        AND revocations.reason <> 6),
    held = held - EXISTS (
      SELECT 1 FROM revocations
      WHERE revocations.authority_id = OLD.authority_id AND revocations.serial = OLD.serial
        AND revocations.reason = 6)
  WHERE authority_id = OLD.authority_id AND profile = OLD.profile
    AND expiry_day = OLD.not_after_s / 86400;
  INSERT INTO certificate_counts (authority_id, profile, expiry_day, issued, revoked, held)
  SELECT NEW.authority_id, NEW.profile, NEW.not_after_s / 86400, 1,
    EXISTS (
      SELECT 1 FROM revocations
      WHERE revocations.authority_id = NEW.authority_id AND revocations.serial = NEW.serial
        AND revocations.reason <> 6),
    EXISTS (
      SELECT 1 FROM revocations
      WHERE revocations.authority_id = NEW.authority_id AND revocations.serial = NEW.serial
        AND revocations.reason = 6)
  WHERE true
  ON CONFLICT (authority_id, profile, expiry_day) DO UPDATE SET issued = issued + 1,
    revoked = revoked + excluded.revoked, held = held + excluded.held;
END;

CREATE TRIGGER revocation_counted AFTER INSERT ON revocations BEGIN
  UPDATE certificate_counts
  SET revoked = revoked + (NEW.reason <> 6), held = held + (NEW.reason = 6)
  WHERE (authority_id, profile, expiry_day) = (
    SELECT certificates.authority_id, certificates.profile, certificates.not_after_s / 86400
    FROM certificates
    WHERE certificates.serial = NEW.serial AND certificates.authority_id = NEW.authority_id);
  INSERT INTO revocation_counts (authority_id, reason, total)
  VALUES (NEW.authority_id, NEW.reason, 1)
  ON CONFLICT (authority_id, reason) DO UPDATE SET total = total + 1;
END;

CREATE TRIGGER revocation_recounted AFTER UPDATE OF reason ON revocations
WHEN OLD.reason <> NEW.reason BEGIN
  UPDATE certificate_counts
  SET revoked = revoked + (NEW.reason <> 6) - (OLD.reason <> 6),
    held = held + (NEW.reason = 6) - (OLD.reason = 6)
  WHERE (authority_id, profile, expiry_day) = (
    SELECT certificates.authority_id, certificates.profile, certificates.not_after_s / 86400
    FROM certificates
    WHERE certificates.serial = NEW.serial AND certificates.authority_id = NEW.authority_id);
  UPDATE revocation_counts SET total = total - 1
  WHERE authority_id = OLD.authority_id AND reason = OLD.reason;
  INSERT INTO revocation_counts (authority_id, reason, total)
  VALUES (NEW.authority_id, NEW.reason, 1)
  ON CONFLICT (authority_id, reason) DO UPDATE SET total = total + 1;
END;

CREATE TRIGGER revocation_uncounted AFTER DELETE ON revocations BEGIN
  UPDATE certificate_counts
  SET revoked = revoked - (OLD.reason <> 6), held = held - (OLD.reason = 6)
  WHERE (authority_id, profile, expiry_day) = (
    SELECT certificates.authority_id, certificates.profile, certificates.not_after_s / 86400
    FROM certificates
    WHERE certificates.serial = OLD.serial AND certificates.authority_id = OLD.authority_id);
  UPDATE revocation_counts SET total = total - 1
  WHERE authority_id = OLD.authority_id AND reason = OLD.reason;
END;
