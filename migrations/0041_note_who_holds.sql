-- The account whose access key put the certificate on hold; NULL for other reasons, and for holds from before.
ALTER TABLE revocations ADD COLUMN held_by TEXT;
