-- Counts the refusals that an actor caused lately, so that only so many are recorded.
CREATE INDEX audit_events_refused ON audit_events (actor, at_ms) WHERE outcome = 'refused';
