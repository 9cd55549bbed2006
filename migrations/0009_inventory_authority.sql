-- The issuer of an inventory entry that was issued here. Its chain is composed from the current
-- certificates of the authorities when the entry is read; chain is '[]'.
ALTER TABLE inventory ADD COLUMN authority_id TEXT; -- the key generation; NULL for an upload, and for entries from before this column
