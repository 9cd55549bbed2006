-- JSON object of an authority's own profiles by name, in the row of its first generation alone; NULL
-- for those of the configuration.
ALTER TABLE authorities ADD COLUMN profiles TEXT;
