-- Whose body may be dropped, once they have been expired for RETENTION_DAYS.
CREATE INDEX certificates_with_body ON certificates (not_after_s) WHERE certificate IS NOT NULL;
