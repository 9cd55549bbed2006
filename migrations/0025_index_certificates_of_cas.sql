-- Those that the cas dialect lists, newest first: of one account, and of all for the account root.
CREATE INDEX certificates_of_cas ON certificates (issued_at_ms)
WHERE origin = 'cas' AND profile <> 'external-sub-ca';
