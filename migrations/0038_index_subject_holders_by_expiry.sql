-- A certificate that has expired holds its subject no longer: its row is of no use.
CREATE INDEX subject_holders_by_expiry ON subject_holders (not_after_s);
