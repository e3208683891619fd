//! What the server says of itself: RFC 8414, OpenID discovery, RFC 7517 and RFC 7591.

use serde_json::Value;

use crate::check::{Judgement, Level, Objection, not_reached, require};
use crate::probe::recording::Recording;
use crate::probe::{METADATA, REGISTRATION, need};
use crate::server_check::{ServerArea, ServerCheck};

pub(super) static CHECKS: &[ServerCheck] = &[
    ServerCheck {
        id: "server-metadata-served",
        area: ServerArea::Metadata,
        level: Level::Must,
        sentence: "the metadata is served as JSON, with status 200",
        sources: &["RFC 8414 §3.2"],
        fix: "answer the metadata with 200 and Content-Type: application/json",
        part: &METADATA,
        needs: &[&need::METADATA],
        mutants: &["metadata-is-plain-text"],
        judge: |seen| {
            let reply = seen.reply("document")?;
            let kind = reply.header("content-type").unwrap_or("no type");
            let is_json = reply.status == 200 && reply.is_of_type("application/json");
            require(is_json, "200, application/json", format!("{}, {kind}", reply.status))
        },
    },
    ServerCheck {
        id: "server-metadata-issuer",
        area: ServerArea::Metadata,
        level: Level::Must,
        sentence: "the issuer is the URL that was asked",
        sources: &["RFC 8414 §3.3", "RFC 9700 §2.1"],
        fix: "set the issuer to the URL that tools are given, character by character",
        part: &METADATA,
        needs: &[&need::METADATA],
        mutants: &["the-issuer-has-a-path"],
        judge: |seen| {
            let issuer = seen.good("document")?.text("issuer").unwrap_or_default();
            let path = seen.platform.oauth.as_ref().map_or("", |oauth| &oauth.issuer_path);
            let expected = format!("{}{path}", seen.url);
            require(issuer == expected, expected, issuer)
        },
    },
    ServerCheck {
        id: "server-metadata-members",
        area: ServerArea::Metadata,
        level: Level::Must,
        sentence: "the metadata has the members that it must have",
        sources: &["RFC 8414 §2"],
        fix: "add issuer, authorization_endpoint, token_endpoint and response_types_supported",
        part: &METADATA,
        needs: &[&need::METADATA, &need::AUTHORIZE],
        mutants: &["metadata-lacks-the-response-types"],
        judge: |seen| {
            let document = seen.good("document")?;
            let needed =
                ["issuer", "authorization_endpoint", "token_endpoint", "response_types_supported"];
            let missing = needed.into_iter().find(|name| document.member(name).is_none());
            let observed = missing.map_or("all".to_owned(), |name| format!("no `{name}`"));
            require(missing.is_none(), "all", observed)
        },
    },
    ServerCheck {
        id: "server-metadata-no-empty-lists",
        area: ServerArea::Metadata,
        level: Level::Must,
        sentence: "a list that would be empty is left out of the metadata",
        sources: &["RFC 8414 §3.2"],
        fix: "leave members without elements out",
        part: &METADATA,
        needs: &[&need::METADATA],
        mutants: &["metadata-has-an-empty-list"],
        judge: |seen| {
            let json = seen.good("document")?.json();
            let Some(Value::Object(members)) = json else { return not_reached("it is no object") };
            if !members.contains_key("issuer") {
                return not_reached("the document names no issuer: it is no metadata");
            }
            let empty = members.iter().find(|(_, value)| value == &&Value::Array(Vec::new()));
            let observed = empty.map_or("none".to_owned(), |(name, _)| format!("`{name}`"));
            require(empty.is_none(), "none", observed)
        },
    },
    ServerCheck {
        id: "server-metadata-endpoints",
        area: ServerArea::Metadata,
        level: Level::Must,
        sentence: "the metadata names the endpoints that the contract names",
        sources: &["RFC 8414 §2"],
        fix: "name the endpoints that tools use, at the URL that they are given",
        part: &METADATA,
        needs: &[&need::METADATA],
        mutants: &["metadata-names-another-token-endpoint"],
        judge: |seen| {
            let document = seen.good("document")?;
            let Some(oauth) = &seen.platform.oauth else { return not_reached("no OAuth") };
            let named = [
                ("authorization_endpoint", oauth.authorize.as_ref()),
                ("token_endpoint", Some(&oauth.token)),
                ("revocation_endpoint", oauth.revoke.as_ref()),
                ("introspection_endpoint", oauth.introspect.as_ref()),
                ("registration_endpoint", oauth.register.as_ref()),
                ("userinfo_endpoint", oauth.userinfo.as_ref()),
                ("jwks_uri", oauth.jwks.as_ref()),
            ];
            let wrong = named.into_iter().find(|(name, route)| {
                let expected = route.map(|route| format!("{}{}", seen.url, route.path));
                expected.is_some() && document.text(name) != expected
            });
            let observed = wrong.map_or("all".to_owned(), |(name, _)| format!("another `{name}`"));
            require(wrong.is_none(), "all", observed)
        },
    },
    ServerCheck {
        id: "server-metadata-challenges",
        area: ServerArea::Metadata,
        level: Level::Must,
        sentence: "the metadata lists the challenge method S256",
        sources: &["RFC 8414 §2", "RFC 9700 §2.1.1"],
        fix: "add code_challenge_methods_supported with S256",
        part: &METADATA,
        needs: &[&need::METADATA, &need::AUTHORIZE],
        mutants: &["metadata-lists-plain-alone"],
        judge: |seen| lists(seen, "code_challenge_methods_supported", "S256"),
    },
    ServerCheck {
        id: "server-metadata-refresh",
        area: ServerArea::Metadata,
        level: Level::Must,
        sentence: "the metadata lists the refresh grant where there are refresh tokens",
        sources: &["RFC 8414 §2"],
        fix: "add refresh_token to grant_types_supported",
        part: &METADATA,
        needs: &[&need::METADATA, &need::REFRESH],
        mutants: &["metadata-lists-one-grant"],
        judge: |seen| lists(seen, "grant_types_supported", "refresh_token"),
    },
    ServerCheck {
        id: "server-metadata-device",
        area: ServerArea::Metadata,
        level: Level::Must,
        sentence: "the metadata names the device authorization endpoint where there is one",
        sources: &["RFC 8628 §4"],
        fix: "add device_authorization_endpoint",
        part: &METADATA,
        needs: &[&need::METADATA, &need::DEVICE],
        mutants: &["metadata-lacks-the-device-endpoint"],
        judge: |seen| {
            let named = seen.good("document")?.text("device_authorization_endpoint").is_some();
            require(named, "it is named", if named { "it is named" } else { "it is not" })
        },
    },
    ServerCheck {
        id: "server-metadata-public-clients",
        area: ServerArea::Metadata,
        level: Level::Should,
        sentence: "the metadata says that clients without a secret are served",
        sources: &["RFC 8414 §2"],
        fix: "add none to token_endpoint_auth_methods_supported: the default is a secret",
        part: &METADATA,
        needs: &[&need::METADATA],
        mutants: &["metadata-lists-secrets-alone"],
        judge: |seen| lists(seen, "token_endpoint_auth_methods_supported", "none"),
    },
    ServerCheck {
        id: "server-metadata-openid",
        area: ServerArea::Metadata,
        level: Level::Must,
        sentence: "the OpenID discovery names the same issuer",
        sources: &["OpenID Connect Discovery §4.3"],
        fix: "make both documents of one source",
        part: &METADATA,
        needs: &[&need::METADATA, &need::OPENID],
        mutants: &["openid-names-another-issuer"],
        judge: |seen| {
            let Some(issuer) = seen.good("document")?.text("issuer") else {
                return not_reached("the metadata names no issuer");
            };
            let other = seen.good("openid")?.text("issuer");
            let other = other.unwrap_or_else(|| "no issuer".to_owned());
            require(issuer == other, issuer, other)
        },
    },
    ServerCheck {
        id: "server-metadata-issuer-flag",
        area: ServerArea::Metadata,
        level: Level::Must,
        sentence: "the metadata says so where the issuer is named in redirects",
        sources: &["RFC 9207 §2.3"],
        fix: "add authorization_response_iss_parameter_supported: true",
        part: &METADATA,
        needs: &[&need::METADATA, &need::AUTHORIZE],
        mutants: &["metadata-hides-the-issuer-flag"],
        judge: |seen| {
            let document = seen.good("document")?;
            let names = seen.reply("error")?.parameter("iss").is_some();
            let flag = document.member("authorization_response_iss_parameter_supported");
            let says = flag == Some(Value::Bool(true));
            if !names && !says {
                let neither = "neither the metadata nor a redirect speaks of the issuer";
                return Err(Objection::NotClaimed(neither.to_owned()));
            }
            require(says, "it says so", if says { "it says so" } else { "it does not" })
        },
    },
    ServerCheck {
        id: "server-metadata-keys",
        area: ServerArea::Metadata,
        level: Level::Must,
        sentence: "the public keys are served, and they are public",
        sources: &["RFC 7517 §5", "RFC 7517 §9.2"],
        fix: "serve the public halves of the signing keys as a JWK set",
        part: &METADATA,
        needs: &[&need::JWKS],
        mutants: &["no-keys-are-served", "private-keys-are-served"],
        judge: |seen| {
            let keys = seen.good("jwks")?.member("keys");
            let keys = keys.as_ref().and_then(Value::as_array);
            let private = |key: &Value| ["d", "p", "q", "k"].iter().any(|m| key.get(m).is_some());
            let observed = match keys {
                None => "no keys",
                Some(keys) if keys.is_empty() => "no keys",
                Some(keys) if keys.iter().any(private) => "a private key",
                Some(_) => "public keys",
            };
            require(observed == "public keys", "public keys", observed)
        },
    },
    ServerCheck {
        id: "server-metadata-registration",
        area: ServerArea::Metadata,
        level: Level::Must,
        sentence: "the registration of a client is answered with 201 and its id",
        sources: &["RFC 7591 §3.2.1"],
        fix: "answer 201 with client_id and all that was registered",
        part: &REGISTRATION,
        needs: &[],
        mutants: &["registrations-are-not-created"],
        judge: |seen| {
            let reply = seen.reply("register")?;
            let holds = reply.status == 201 && reply.text("client_id").is_some();
            require(holds, "201 with a client_id", reply.describe())
        },
    },
];

/// That a member of the metadata is a list with this element.
fn lists(seen: &Recording, member: &str, element: &str) -> Judgement {
    let list = seen.good("document")?.member(member);
    let listed: Vec<&str> = list
        .as_ref()
        .and_then(Value::as_array)
        .map(|list| list.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let observed = if list.is_none() { "no list".to_owned() } else { listed.join(", ") };
    require(listed.contains(&element), element, observed)
}
