// oidc-provider with the clients of profiles/field/oidc-provider.toml, on a free loopback port.
// Writes its URL to the file that is named by the first argument.
import { createServer } from 'node:http';
import { writeFileSync } from 'node:fs';
import Provider from 'oidc-provider';

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(url, {
    clients: [
      {
        client_id: 'field-cli',
        token_endpoint_auth_method: 'none',
        application_type: 'native',
        redirect_uris: ['http://127.0.0.1/callback'],
        grant_types: [
          'authorization_code',
          'refresh_token',
          'urn:ietf:params:oauth:grant-type:device_code',
        ],
      },
      {
        client_id: 'field-api',
        client_secret: process.env.FIELD_CLIENT_SECRET,
        redirect_uris: ['https://api.example/callback'],
      },
    ],
    pkce: { required: () => true },
    scopes: ['openid', 'offline_access'],
    claims: { openid: ['sub'], email: ['email'] },
    features: {
      deviceFlow: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      registration: { enabled: true },
      registrationManagement: { enabled: true },
    },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    ttl: { AccessToken: 3600 },
  });
  server.on('request', provider.callback());
  writeFileSync(process.argv[2], url);
});
