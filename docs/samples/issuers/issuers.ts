/** The issuers of an app: the one at which its people sign in, and Cloudflare Access in front of the back office. */
import { accessJwt, oidc } from 'ledge/worker';

// #region issuers
export const issuers = [
  oidc({
    issuer: 'https://login.acme.example',
    audience: 'ledge',
    algorithms: ['ES256', 'RS256'],
    tenant: ({ org_id }) => org_id,
    roles: ({ permissions }) => permissions,
    claims: ({ customer, regions }) => ({ customer, regions }),
  }),
  accessJwt({
    team: 'acme',
    audience: '32eafc7626e737136c1e51cd8fe1c3bd',
    tenant: () => 'main',
    roles: ({ custom }) => custom.ledge_roles,
  }),
];
// #endregion
