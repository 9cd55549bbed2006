-- What still lies under an old sealing key: the number behind the 'v' that sealed texts begin with.
CREATE INDEX idempotency_keys_by_sealing_version ON idempotency_keys (
  CAST(substr(answer, 2, instr(answer, '.') - 2) AS INTEGER), account_id || ' ' || key)
  WHERE answer <> '';
