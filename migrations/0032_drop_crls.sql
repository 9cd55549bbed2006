-- Lists lie in revocation_lists and crl_chunks.
DROP TABLE crl_parts;
DROP TABLE crls;
