-- All that are valid of one account, root too, for revoking them together.
CREATE INDEX certificates_by_account ON certificates (account_id, not_after_s);
DROP INDEX certificates_of_account;
