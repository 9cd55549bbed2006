-- Seals of rows that give power, so that a change of the row alone gives none. A seal is a sealed text
-- without contents; its record id names what the row permits, see instanceRecordId and profilesRecordId.

ALTER TABLE external_ca_instances ADD COLUMN seal TEXT; -- NULL once it is used or refunded, and in rows from before this column: they permit nothing
ALTER TABLE authorities ADD COLUMN profiles_seal TEXT;  -- NULL without profiles

-- Find seals made under an old sealing key. The first expression is the version.
CREATE INDEX external_ca_instances_by_sealing_version ON external_ca_instances (
  CAST(substr(seal, 2, instr(seal, '.') - 2) AS INTEGER), id)
  WHERE seal IS NOT NULL;
CREATE INDEX authorities_by_profiles_sealing_version ON authorities (
  CAST(substr(profiles_seal, 2, instr(profiles_seal, '.') - 2) AS INTEGER), id)
  WHERE profiles_seal IS NOT NULL;
