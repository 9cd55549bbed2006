-- How many authorities an account may own; NULL for the default.
ALTER TABLE accounts ADD COLUMN authority_quota INTEGER;

CREATE INDEX authorities_of_account ON authorities (account_id);
