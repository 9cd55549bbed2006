-- Who signed the certificates of a chain that ends elsewhere: an authority here can be among them, and
-- revoke them. JSON array of [id of the issuer's key, serial number], of the certificate itself and then
-- of those in chain but the root; '[]' with a parent_id, for a root, and in rows from before this column.
ALTER TABLE authorities ADD COLUMN links TEXT NOT NULL DEFAULT '[]';
