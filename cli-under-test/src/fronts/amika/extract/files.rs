//! The files of other tools, as those tools write them.

use jiff::Timestamp;
use serde_json::Value;

use super::{Base, Finding, Place};

const ANTHROPIC: &str = "anthropic";
const OPENAI: &str = "openai";
/// The names that tools give to a key, and to the token of a session.
const KEY: &[&str] = &["apiKey", "api_key", "key", "token", "value", "secret"];
const ACCESS: &[&str] = &["access", "access_token", "accessToken"];
const END: &[&str] = &["expiresAt", "expires", "expires_at"];

/// All of them, the most important first.
pub(crate) const PLACES: &[Place] = &[
    Place {
        name: "Claude's API key",
        priority: 500,
        files: &[(Base::Home, ".claude.json.api"), (Base::Home, ".claude.json")],
        read: |document| {
            let names = ["primaryApiKey", "apiKey", "anthropicApiKey", "customApiKey"];
            key(document, ANTHROPIC, &names.map(|name| vec![name]))
        },
    },
    Place {
        name: "Claude's session",
        priority: 400,
        files: &[
            (Base::Home, ".claude/.credentials.json"),
            (Base::Home, ".claude-oauth-credentials.json"),
        ],
        read: |document| {
            let of = document.get("claudeAiOauth").unwrap_or(document);
            session(of, ANTHROPIC).into_iter().collect()
        },
    },
    Place {
        name: "Codex",
        priority: 300,
        files: &[(Base::Home, ".codex/auth.json")],
        read: |document| {
            let found = key(document, OPENAI, &[vec!["OPENAI_API_KEY"]]);
            let tokens = || document.get("tokens").and_then(|tokens| session(tokens, OPENAI));
            if found.is_empty() { tokens().into_iter().collect() } else { found }
        },
    },
    Place {
        name: "Amika's variables",
        priority: 290,
        files: &[(Base::Cache, "env-cache.json")],
        read: |document| by_provider(document, false),
    },
    Place {
        name: "Amika's keychain",
        priority: 280,
        files: &[(Base::Data, "keychain.json")],
        read: |document| by_provider(document, false),
    },
    Place {
        name: "Amika's sessions",
        priority: 270,
        files: &[(Base::State, "oauth.json")],
        read: |document| by_provider(document, true),
    },
    Place {
        name: "OpenCode",
        priority: 200,
        files: &[(Base::Home, ".local/share/opencode/auth.json")],
        read: |document| by_provider(document, false),
    },
    Place {
        name: "Amp",
        priority: 100,
        files: &[(Base::Home, ".amp/config.json")],
        read: |document| {
            let names = ["anthropicApiKey", "anthropic_api_key", "apiKey", "api_key", "token"];
            let nested = [["anthropic", "apiKey"], ["auth", "apiKey"], ["auth", "token"]];
            let mut paths: Vec<_> = names.map(|name| vec![name]).to_vec();
            paths.extend(nested.map(|path| path.to_vec()));
            key(document, ANTHROPIC, &paths)
        },
    },
];

/// The first key among these paths.
fn key(document: &Value, provider: &str, paths: &[Vec<&str>]) -> Vec<Finding> {
    let text = |path: &Vec<&str>| {
        let found = path.iter().try_fold(document, |value, name| value.get(name))?;
        text(found)
    };
    let found = paths.iter().find_map(text).map(|secret| Finding {
        provider: provider.to_owned(),
        secret,
        oauth: false,
        expires_at: None,
    });
    found.into_iter().collect()
}

/// The token of a session.
fn session(of: &Value, provider: &str) -> Option<Finding> {
    Some(Finding {
        provider: provider.to_owned(),
        secret: first(of, ACCESS).or_else(|| first(of, &["token"]))?,
        oauth: true,
        expires_at: END.iter().find_map(|name| moment(of.get(*name)?)),
    })
}

/// A document with an entry for every provider, or for every variable of one.
fn by_provider(document: &Value, all_oauth: bool) -> Vec<Finding> {
    let wrapped = ["providers", "credentials", "env", "tokens", "entries"];
    let of = wrapped
        .iter()
        .find_map(|name| document.get(*name).filter(|it| it.is_object()))
        .unwrap_or(document);
    let Some(entries) = of.as_object() else {
        return Vec::new();
    };
    let found = entries.iter().filter_map(|(name, entry)| {
        let provider = provider_of(name)?;
        if let Some(secret) = text(entry) {
            return Some(Finding { provider, secret, oauth: all_oauth, expires_at: None });
        }
        let is_session = all_oauth || entry.get("type").and_then(Value::as_str) == Some("oauth");
        let key = first(entry, KEY).filter(|_| !is_session);
        match key {
            Some(secret) => Some(Finding { provider, secret, oauth: false, expires_at: None }),
            None => session(entry, &provider),
        }
    });
    found.collect()
}

/// The provider that an entry is of: its name, or that of a variable for its key.
fn provider_of(name: &str) -> Option<String> {
    let ending = ["_API_KEY", "_AUTH_TOKEN", "_OAUTH_TOKEN"];
    let variable = ending.iter().find_map(|ending| name.strip_suffix(ending));
    match variable {
        Some(provider) => Some(provider.to_owned()),
        // Some other variable, or what a document says of itself.
        None if ["version", "updated_at", "type"].contains(&name) => None,
        None => Some(name.to_owned()),
    }
}

fn first(of: &Value, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| text(of.get(*name)?))
}

fn text(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    (!text.trim().is_empty()).then(|| text.to_owned())
}

/// A moment: written out, or counted in seconds or milliseconds since 1970.
fn moment(value: &Value) -> Option<Timestamp> {
    /// In milliseconds this was in 1973; in seconds it will be in 5138.
    const MILLISECONDS_FROM: i64 = 100_000_000_000;
    let number = match value {
        Value::String(text) => match text.trim().parse() {
            Ok(moment) => return Some(moment),
            Err(_) => text.trim().parse().ok()?,
        },
        #[expect(clippy::cast_possible_truncation, reason = "a moment has no use for more")]
        Value::Number(number) => number.as_i64().or(number.as_f64().map(|it| it as i64))?,
        _ => return None,
    };
    if number >= MILLISECONDS_FROM {
        Timestamp::from_millisecond(number).ok()
    } else {
        Timestamp::from_second(number).ok()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::{PLACES, Timestamp, moment};

    #[rstest]
    #[case(json!("2024-02-29T12:00:00Z"), Some(1_709_208_000))]
    #[case(json!(1_709_208_000), Some(1_709_208_000))]
    #[case(json!(1_709_208_000_000_i64), Some(1_709_208_000))]
    #[case(json!("1709208000000"), Some(1_709_208_000))]
    #[case(json!("soon"), None)]
    #[case(json!(null), None)]
    fn moments(#[case] value: Value, #[case] seconds: Option<i64>) {
        assert_eq!(moment(&value).map(Timestamp::as_second), seconds);
    }

    fn found(priority: u16, document: &Value) -> Vec<(String, String, bool)> {
        let place = PLACES.iter().find(|place| place.priority == priority);
        let found = (place.expect("a place").read)(document).into_iter();
        found.map(|it| (it.provider, it.secret, it.oauth)).collect()
    }

    #[rstest]
    #[case(500, json!({"primaryApiKey": "k"}), &[("anthropic", "k", false)])]
    #[case(500, json!({"numStartups": 3}), &[])]
    #[case(400, json!({"claudeAiOauth": {"accessToken": "t"}}), &[("anthropic", "t", true)])]
    #[case(300, json!({"OPENAI_API_KEY": "k", "tokens": {"access_token": "t"}}), &[("openai", "k", false)])]
    #[case(300, json!({"OPENAI_API_KEY": null, "tokens": {"access_token": "t"}}), &[("openai", "t", true)])]
    #[case(290, json!({"version": 1, "MISTRAL_API_KEY": "k"}), &[("MISTRAL", "k", false)])]
    #[case(280, json!({"codex": {"key": "k"}}), &[("codex", "k", false)])]
    #[case(270, json!({"claude": {"access_token": "t"}}), &[("claude", "t", true)])]
    #[case(200, json!({"a": {"type": "oauth", "access": "t"}, "b": {"type": "api", "key": "k"}}), &[("a", "t", true), ("b", "k", false)])]
    #[case(100, json!({"anthropic": {"apiKey": "k"}}), &[("anthropic", "k", false)])]
    #[case(100, json!([1, 2]), &[])]
    fn findings(
        #[case] priority: u16,
        #[case] document: Value,
        #[case] expected: &[(&str, &str, bool)],
    ) {
        let expected: Vec<_> = expected
            .iter()
            .map(|(provider, secret, oauth)| ((*provider).to_owned(), (*secret).to_owned(), *oauth))
            .collect();
        assert_eq!(found(priority, &document), expected);
    }
}
