// oauth2-mock-server as it comes, on a free loopback port. Writes its URL to the file that is named
// by the first argument.
import { writeFileSync } from 'node:fs';
import { OAuth2Server } from 'oauth2-mock-server';

const server = new OAuth2Server();
await server.issuer.keys.generate('RS256');
await server.start(0, '127.0.0.1');
// It names itself `localhost`, and so it is probed by that name.
writeFileSync(process.argv[2], server.issuer.url);
