CREATE INDEX certificates_of_cas_by_account ON certificates (account_id, issued_at_ms)
WHERE origin = 'cas' AND profile <> 'external-sub-ca';
