-- What still lies under an old sealing key: the number behind the 'v' that sealed texts begin with.
CREATE INDEX ocsp_responders_by_sealing_version ON ocsp_responders (
  CAST(substr(private_key, 2, instr(private_key, '.') - 2) AS INTEGER), authority_id);
