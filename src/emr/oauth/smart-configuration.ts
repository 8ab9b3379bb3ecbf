/** What a token without a wish is given: reading what its user may see. */
export const defaultScope = 'system/*.read';
/** The usual ones, for reading; each type may be named instead of `*`, and in v2 each letter alone. */
const usualScopes = ['system/*.read', 'system/*.write', 'system/*.rs', 'system/*.cruds'];

export const signingAlgorithms = ['RS384', 'ES384'] as const;
export const clientAuthMethods = ['client_secret_post', 'private_key_jwt'] as const;

/** `[FHIR base]/.well-known/smart-configuration`, SMART App Launch 2.x: backend services, and a standalone launch that an EMR administrator approves. */
export const smartConfiguration = (publicUrl: string): object => ({
  issuer: `${publicUrl}/oauth`,
  authorization_endpoint: `${publicUrl}/oauth/authorize`,
  token_endpoint: `${publicUrl}/oauth/token`,
  revocation_endpoint: `${publicUrl}/oauth/revoke`,
  grant_types_supported: ['authorization_code', 'client_credentials'],
  response_types_supported: ['code'],
  code_challenge_methods_supported: ['S256'],
  token_endpoint_auth_methods_supported: clientAuthMethods,
  token_endpoint_auth_signing_alg_values_supported: signingAlgorithms,
  scopes_supported: usualScopes,
  capabilities: [
    'launch-standalone',
    'client-confidential-asymmetric',
    'client-confidential-symmetric',
    'permission-v1',
    'permission-v2',
  ],
});
