CREATE INDEX external_ca_instances_by_certificate ON external_ca_instances (issuer_id, serial)
WHERE serial IS NOT NULL;
