//! `standard keys`: the API keys of the account.

use percent_encoding::utf8_percent_encode;
use serde::Deserialize;
use serde_json::{Value, json};
use ureq::http::Method;

use super::{Options, settings};
use crate::address::SEGMENT;
use crate::error::{Error, harmless};
use crate::session::Session;
use crate::{http, input, output};

const PATH: &str = "/v1/keys";

/// A key as it is shown: never whole, but for the once when it is new.
#[derive(Clone, Debug, Deserialize)]
struct Key {
    id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    prefix: String,
    #[serde(default)]
    created_at: Value,
    #[serde(default)]
    last_used_at: Value,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Listing {
    Bare(Vec<Key>),
    Named {
        #[serde(alias = "api_keys", alias = "data")]
        keys: Vec<Key>,
    },
}

#[derive(Deserialize)]
struct Created {
    key: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    prefix: Option<String>,
    #[serde(default)]
    api_key: Option<Key>,
}

#[derive(Deserialize)]
struct Verdict {
    valid: bool,
    prefix: Option<String>,
    owner: Option<Value>,
    #[serde(default)]
    last_used_at: Value,
}

/// `keys create`: the key as data, the warning as talk.
pub(crate) fn create(session: &Session, options: &Options, name: &str) -> Result<(), Error> {
    let connection = settings::connect(session, options)?;
    let request = connection.request(Method::POST, PATH);
    let answer = connection
        .ask(&request.with_body(json!({ "name": name })))
        .map_err(|error| refused(error, "create the key"))?;
    let created: Created = http::decode(session, &answer)?;
    let details = created.api_key.as_ref();
    let called = created.name.as_deref().or(details.map(|key| key.name.as_str()));
    let prefix = created.prefix.as_deref().or(details.map(|key| key.prefix.as_str()));
    session.say(&format!("Name: {}", harmless(called.unwrap_or(name))))?;
    if let Some(prefix) = prefix {
        session.say(&format!("Prefix: {}", harmless(prefix)))?;
    }
    session.say(&format!("Key: {}", harmless(&created.key)))?;
    session.note("Save this key now: it will not be shown again.");
    Ok(())
}

/// `keys list`.
pub(crate) fn list(session: &Session, options: &Options) -> Result<(), Error> {
    let connection = settings::connect(session, options)?;
    let answer = connection.ask(&connection.request(Method::GET, PATH))?;
    let (Listing::Bare(keys) | Listing::Named { keys }) = http::decode(session, &answer)?;
    let titles = ["NAME", "PREFIX", "CREATED", "LAST USED", "ID"].map(str::to_owned);
    let rows = keys.iter().map(|key| {
        let Key { id, name, prefix, created_at, last_used_at } = key;
        [harmless(name), harmless(prefix), day(created_at), day(last_used_at), harmless(id)]
            .to_vec()
    });
    let rows: Vec<_> = std::iter::once(titles.to_vec()).chain(rows).collect();
    output::table(&rows).iter().try_for_each(|line| session.say(line))
}

/// `keys revoke`.
pub(crate) fn revoke(session: &Session, options: &Options, id: &str) -> Result<(), Error> {
    let connection = settings::connect(session, options)?;
    let path = format!("{PATH}/{}", utf8_percent_encode(id, SEGMENT));
    connection
        .ask(&connection.request(Method::DELETE, &path))
        .map_err(|error| refused(error, "revoke the key"))?;
    session.say(&format!("Revoked {}", harmless(id)))
}

/// `keys verify`: whether the key on standard input counts. One that does not is a failure.
pub(crate) fn verify(session: &Session, options: &Options) -> Result<(), Error> {
    let connection = settings::connect(session, options)?;
    let key = input::credential(session, "Key: ")?;
    let request = connection.request(Method::POST, &format!("{PATH}/verify"));
    let answer = connection.ask(&request.with_body(json!({ "key": key.secret.expose() })))?;
    let verdict: Verdict = http::decode(session, &answer)?;
    if !verdict.valid {
        return Err(Error::InvalidKey);
    }
    session.say("Valid: yes")?;
    (session.behaviour.standard.verified)(session, &key.secret)?;
    if let Some(prefix) = &verdict.prefix {
        session.say(&format!("Prefix: {}", harmless(prefix)))?;
    }
    match &verdict.owner {
        Some(Value::String(owner)) => session.say(&format!("Owner: {}", harmless(owner)))?,
        Some(Value::Object(owner)) => {
            if let Some(email) = owner.get("email").and_then(Value::as_str) {
                session.say(&format!("Owner: {}", harmless(email)))?;
            }
        }
        _ => {}
    }
    session.say(&format!("Last used: {}", day(&verdict.last_used_at)))
}

fn refused(error: Error, doing: &'static str) -> Error {
    match error {
        Error::Rejected { status: 404, .. } | Error::Unexpected { status: 404, .. } => {
            Error::Rejected { status: 404, said: "no key has this id".to_owned() }.doing(doing)
        }
        refused @ Error::Rejected { .. } => refused.doing(doing),
        other => other,
    }
}

/// The day of a moment: in milliseconds since 1970, or written out.
fn day(moment: &Value) -> String {
    let moment = match moment {
        Value::Null => return "never".to_owned(),
        Value::Number(number) => {
            number.as_i64().and_then(|number| jiff::Timestamp::from_millisecond(number).ok())
        }
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    moment.map_or_else(
        || "unknown".to_owned(),
        |moment: jiff::Timestamp| moment.strftime("%Y-%m-%d").to_string(),
    )
}
