-- dns_names held the IP addresses too. Both are JSON arrays of text.
ALTER TABLE inventory ADD COLUMN ip_addresses TEXT NOT NULL DEFAULT '[]';

UPDATE inventory SET
  ip_addresses = (
    SELECT json_group_array(value) FROM json_each(inventory.dns_names)
    WHERE value GLOB '*:*' OR value NOT GLOB '*[^0-9.]*'),
  dns_names = (
    SELECT json_group_array(value) FROM json_each(inventory.dns_names)
    WHERE NOT (value GLOB '*:*' OR value NOT GLOB '*[^0-9.]*'));
