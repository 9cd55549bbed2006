-- With all that lists say, so that reading many rows in this order does not look each one up in the
-- table, where they lie in the order of their random serial numbers.
DROP INDEX revocations_by_revision;
DROP INDEX revocations_of_partition;
CREATE INDEX revocations_by_revision ON revocations
  (authority_id, revision, serial, revoked_at_s, reason, invalidity_date_s, retired_in_crl);
CREATE INDEX revocations_of_partition ON revocations
  (authority_id, crl_partition, revision, serial, revoked_at_s, reason, invalidity_date_s, retired_in_crl)
  WHERE crl_partition IS NOT NULL;
