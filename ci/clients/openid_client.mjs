// openid-client, a client library that nobody here wrote, completes its flows against the platform.
//
// Run by ci/test with the platform of the profile `standard` around it:
//
//     authspec exec --profile standard -- node ci/clients/openid_client.mjs FOLDER
//
// FOLDER holds the library: its `node_modules` are in there. It ends with a non-zero exit code at
// the first thing that is not as the RFCs say.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { resolve } from "node:path";

const folder = pathToFileURL(resolve(process.argv[2]) + "/");
const oidc = await import(pathToFileURL(createRequire(folder).resolve("openid-client")));

const url = new URL(process.env.AUTHSPEC_URL);
const control = process.env.AUTHSPEC_CONTROL_URL;
const redirect = "http://127.0.0.1:49152/callback";
const deviceGrant = "urn:ietf:params:oauth:grant-type:device_code";

/** What a person does: opens a page and presses a button. Follows no redirect. */
async function press(pageUrl, decision) {
  const page = await fetch(pageUrl);
  assert.equal(page.status, 200);
  const text = await page.text();
  const body = new URLSearchParams({ decision });
  for (const [input] of text.matchAll(/<input [^>]*>/g)) {
    const value = (name) => input.match(new RegExp(` ${name}="([^"]*)"`))?.[1] ?? "";
    body.set(value("name"), value("value"));
  }
  const action = new URL(text.match(/<form [^>]*action="([^"]*)"/)[1], url);
  return fetch(action, { method: "POST", body, redirect: "manual" });
}

/** That `call` is refused with this error of RFC 6749 section 5.2. */
const refused = (call, error) => assert.rejects(call, (caught) => caught.error === error);

async function signIn(config) {
  const verifier = oidc.randomPKCECodeVerifier();
  const [state, nonce] = [oidc.randomState(), oidc.randomNonce()];
  const page = oidc.buildAuthorizationUrl(config, {
    redirect_uri: redirect,
    scope: "openid email offline_access keys",
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
  });
  const back = await press(page, "approve");
  const location = new URL(back.headers.get("location"));
  const exchange = () =>
    oidc.authorizationCodeGrant(config, location, {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
    });
  return { tokens: await exchange(), exchange };
}

const insecure = { execute: [oidc.allowInsecureRequests] }; // the platform is on loopback
const config = await oidc.discovery(url, "standard-cli", undefined, oidc.None(), insecure);
// Signatures are verified with the published keys, although TLS would do.
oidc.enableNonRepudiationChecks(config);
assert.equal(config.serverMetadata().issuer, url.origin);
const asOAuth = await oidc.discovery(url, "standard-cli", undefined, oidc.None(), {
  ...insecure,
  algorithm: "oauth2",
});
assert.equal(asOAuth.serverMetadata().issuer, url.origin);

// Code with PKCE, ID token, userinfo.
const first = await signIn(config);
const { sub } = first.tokens.claims();
const who = await oidc.fetchUserInfo(config, first.tokens.access_token, sub);
assert.equal(who.sub, sub);
assert.ok(first.tokens.expiresIn() > 0);

// Refresh rotates; a replay ends the family, RFC 9700 section 4.14.2.
const renewed = await oidc.refreshTokenGrant(config, first.tokens.refresh_token);
assert.notEqual(renewed.refresh_token, first.tokens.refresh_token);
await refused(() => oidc.refreshTokenGrant(config, first.tokens.refresh_token), "invalid_grant");
await refused(() => oidc.refreshTokenGrant(config, renewed.refresh_token), "invalid_grant");

// A code is good once, and its second use takes back what the first gave.
const second = await signIn(config);
await refused(second.exchange, "invalid_grant");
await refused(() => oidc.refreshTokenGrant(config, second.tokens.refresh_token), "invalid_grant");

// No is an answer.
const denied = await press(
  oidc.buildAuthorizationUrl(config, {
    redirect_uri: redirect,
    code_challenge: await oidc.calculatePKCECodeChallenge(oidc.randomPKCECodeVerifier()),
    code_challenge_method: "S256",
    state: "s",
  }),
  "deny",
);
const sayingNo = new URL(denied.headers.get("location"));
await assert.rejects(
  () => oidc.authorizationCodeGrant(config, sayingNo, { pkceCodeVerifier: "v", expectedState: "s" }),
  (caught) => caught.error === "access_denied",
);

// Registration of a confidential client, introspection by it, revocation.
const api = await oidc.dynamicClientRegistration(
  url,
  { client_name: "The API", grant_types: [deviceGrant] },
  undefined,
  insecure,
);
const third = await signIn(config);
const introspect = (token) => oidc.tokenIntrospection(api, token);
const said = await introspect(third.tokens.access_token);
assert.equal(said.active, true);
assert.equal(said.client_id, "standard-cli");
await oidc.tokenRevocation(config, third.tokens.refresh_token);
for (const token of [third.tokens.access_token, third.tokens.refresh_token]) {
  assert.deepEqual(await introspect(token), { active: false });
}

// Device grant: the library polls by itself, at the interval that it is told.
const given = await oidc.initiateDeviceAuthorization(config, { scope: "keys" });
assert.ok(given.verification_uri_complete.includes(given.user_code));
const approval = await press(given.verification_uri_complete, "approve");
assert.equal(approval.status, 200);
const device = await oidc.pollDeviceAuthorizationGrant(config, given);
assert.equal(device.scope, "keys");
await refused(
  () => oidc.genericGrantRequest(config, deviceGrant, { device_code: given.device_code }),
  "invalid_grant",
);

// And one that a program decides: no is an answer there as well.
const other = await oidc.initiateDeviceAuthorization(config, { scope: "keys" });
const decided = await fetch(`${control}/codes/${other.user_code}`, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ approve: false }),
});
assert.equal(decided.status, 204);
await refused(
  () => oidc.genericGrantRequest(config, deviceGrant, { device_code: other.device_code }),
  "access_denied",
);

console.log(
  "openid-client: discovery, registration, code with PKCE, refresh, revocation, introspection, " +
    "userinfo, device grant",
);
