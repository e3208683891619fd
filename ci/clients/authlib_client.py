"""Authlib, a client library that nobody here wrote, completes its flows against the platform.

Run by ci/test with the platform of the profile `standard` around it:

    authspec exec --profile standard -- python ci/clients/authlib_client.py

It ends with a non-zero exit code at the first thing that is not as the RFCs say.
"""

import os
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import KeySet

URL = os.environ["AUTHSPEC_URL"]
CONTROL = os.environ["AUTHSPEC_CONTROL_URL"]
REDIRECT = "http://127.0.0.1:49152/callback"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
CLIENT = "standard-cli"


def check(holds, what):
    if not holds:
        raise SystemExit(f"authlib: {what}")


class Form(HTMLParser):
    """Where the form of a page goes, and its fields."""

    def __init__(self, page):
        super().__init__()
        self.action, self.fields = None, {}
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.action = attributes["action"]
        elif tag == "input" and "name" in attributes:
            self.fields[attributes["name"]] = attributes.get("value", "")


def press(page_url, decision):
    """What a person does: opens the page and presses a button. Follows no redirect."""
    page = requests.get(page_url, timeout=10)
    check(page.status_code == 200, f"the page answers {page.status_code}")
    form = Form(page.text)
    fields = {**form.fields, "decision": decision}
    return requests.post(f"{URL}{form.action}", data=fields, allow_redirects=False, timeout=10)


def refused(call, error):
    """Whether `call` is refused with this error of RFC 6749 section 5.2."""
    try:
        call()
    except OAuthError as caught:
        return caught.error == error
    return False


def session(metadata, **more):
    return OAuth2Session(
        CLIENT,
        token_endpoint_auth_method="none",
        code_challenge_method="S256",
        redirect_uri=REDIRECT,
        revocation_endpoint_auth_method="none",
        **more,
    )


def sign_in(metadata):
    """Authorization code with PKCE, and what the ID token says."""
    client = session(metadata, scope="openid email offline_access keys")
    verifier, nonce = generate_token(64), generate_token(32)
    page, state = client.create_authorization_url(
        metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce
    )
    back = press(page, "approve")
    location = back.headers["Location"]
    check(location.startswith(REDIRECT), "the way back is the tool's own")
    parameters = parse_qs(urlsplit(location).query)
    check(parameters["state"] == [state], "the state is echoed")
    check(parameters["iss"] == [metadata["issuer"]], "the issuer is named, RFC 9207")

    def exchange():
        return client.fetch_token(
            metadata["token_endpoint"],
            authorization_response=location,
            state=state,
            code_verifier=verifier,
        )

    token = exchange()
    keys = KeySet.import_key_set(requests.get(metadata["jwks_uri"], timeout=10).json())
    algorithms = metadata["id_token_signing_alg_values_supported"]
    decoded = jwt.decode(token["id_token"], keys, algorithms=algorithms)
    jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": metadata["issuer"]},
        aud={"essential": True, "value": CLIENT},
        exp={"essential": True},
        nonce={"essential": True, "value": nonce},
    ).validate(decoded.claims)
    access = jwt.decode(token["access_token"], keys, algorithms=algorithms)
    check(access.header["typ"] == "at+jwt", "the access token's type, RFC 9068")

    who = client.get(metadata["userinfo_endpoint"]).json()
    check(who["sub"] == decoded.claims["sub"], "userinfo and ID token name the same person")
    return client, token, exchange


def refresh_and_revoke(metadata, client, first):
    endpoint = metadata["token_endpoint"]
    second = client.refresh_token(endpoint, refresh_token=first["refresh_token"])
    check(second["refresh_token"] != first["refresh_token"], "the refresh token is rotated")
    again = lambda token: session(metadata).refresh_token(endpoint, refresh_token=token)
    # RFC 9700 section 4.14.2: a replay ends the family.
    check(refused(lambda: again(first["refresh_token"]), "invalid_grant"), "a replay is refused")
    check(refused(lambda: again(second["refresh_token"]), "invalid_grant"), "the family is revoked")


def registered(metadata):
    """A confidential client, by dynamic registration; only such may introspect."""
    asked = {"client_name": "The API", "grant_types": [DEVICE]}
    answer = requests.post(metadata["registration_endpoint"], json=asked, timeout=10)
    check(answer.status_code == 201, f"registration answers {answer.status_code}")
    return answer.json()


def revoke_and_introspect(metadata, client, token):
    api = registered(metadata)
    asker = OAuth2Session(api["client_id"], api["client_secret"])
    introspect = lambda token: asker.introspect_token(
        metadata["introspection_endpoint"], token=token
    ).json()
    said = introspect(token["access_token"])
    check(said["active"] and said["client_id"] == CLIENT, f"introspection says {said}")
    answer = client.revoke_token(metadata["revocation_endpoint"], token=token["refresh_token"])
    check(answer.status_code == 200, f"revocation answers {answer.status_code}")
    for kind in ["access_token", "refresh_token"]:
        said = introspect(token[kind])
        check(said == {"active": False}, f"after revocation, the {kind} is {said}")
    check(client.get(metadata["userinfo_endpoint"]).status_code == 401, "a revoked token is good")


def device(metadata):
    client = session(metadata)
    asked = {"client_id": CLIENT, "scope": "keys"}
    given = requests.post(metadata["device_authorization_endpoint"], data=asked, timeout=10).json()
    poll = lambda: client.fetch_token(
        metadata["token_endpoint"],
        grant_type=DEVICE,
        device_code=given["device_code"],
    )
    check(refused(poll, "authorization_pending"), "the first poll is pending")
    check(refused(poll, "slow_down"), "a hasty poll is told to slow down")
    page = press(given["verification_uri_complete"], "approve")
    check(page.status_code == 200, f"the approval answers {page.status_code}")
    # The platform's clock moves, so that nobody has to wait.
    step = {"seconds": given["interval"] + 5}
    requests.post(f"{CONTROL}/clock/advance", json=step, timeout=10).raise_for_status()
    token = poll()
    check(token["scope"] == "keys", "the scope is what was asked for")
    check(refused(poll, "invalid_grant"), "a device code is good once")


def main():
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "true"  # the platform is on loopback
    found = [
        requests.get(f"{URL}/.well-known/{name}", timeout=10).json()
        for name in ["openid-configuration", "oauth-authorization-server"]
    ]
    metadata = found[0]
    check(all(one["issuer"] == URL for one in found), "the issuer is the platform")

    client, token, exchange = sign_in(metadata)
    check(refused(exchange, "invalid_grant"), "a code is good once")
    client, token, _ = sign_in(metadata)
    refresh_and_revoke(metadata, client, token)
    client, token, _ = sign_in(metadata)
    revoke_and_introspect(metadata, client, token)
    device(metadata)
    print("Authlib: discovery, registration, code with PKCE, refresh, revocation, introspection, "
          "userinfo, device grant")


main()
