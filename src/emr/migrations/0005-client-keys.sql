-- A client's public keys stand here, or at an address of its own that is asked again every minute, so that it can change them by itself.
alter table oauth_client add column jwks_uri text;
alter table oauth_client add constraint oauth_client_keys_check
  check (num_nonnulls(jwks, jwks_uri) = case when auth_method = 'private_key_jwt' then 1 else 0 end);
