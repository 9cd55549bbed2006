-- Finds what was done to one object, such as a certificate. Rows of an index are in the order of their
-- positions.
CREATE INDEX audit_events_by_target ON audit_events (target) WHERE target IS NOT NULL;
