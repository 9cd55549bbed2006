-- What uses a certificate of the inventory.
CREATE TABLE inventory_bindings (
  certificate_id TEXT NOT NULL,
  service_name TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  PRIMARY KEY (certificate_id, service_name, resource_id)
) STRICT, WITHOUT ROWID;
