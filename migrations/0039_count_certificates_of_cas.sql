-- How many certificates the cas dialect lists of an account, and under '' of all: none is counted anew.
CREATE TABLE cas_certificate_counts (
  account_id TEXT PRIMARY KEY,
  total INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO cas_certificate_counts (account_id, total)
SELECT account_id, COUNT(*) FROM certificates
WHERE origin = 'cas' AND profile <> 'external-sub-ca' GROUP BY account_id;

INSERT INTO cas_certificate_counts (account_id, total)
SELECT '', COUNT(*) FROM certificates WHERE origin = 'cas' AND profile <> 'external-sub-ca';
