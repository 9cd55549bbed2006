-- Whether an account still has certificates. The account root is never asked for, and its rows cost nothing here.
CREATE INDEX certificates_of_account ON certificates (account_id) WHERE account_id <> 'root';
