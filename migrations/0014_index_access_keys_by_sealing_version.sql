-- What still lies under an old sealing key: the number behind the 'v' that sealed texts begin with.
CREATE INDEX access_keys_by_sealing_version ON access_keys (
  CAST(substr(secret, 2, instr(secret, '.') - 2) AS INTEGER), id);
