//! `oanim api-keys`: the keys of the account.

use percent_encoding::utf8_percent_encode;
use serde::Deserialize;
use serde_json::json;
use ureq::http::Method;

use super::settings;
use crate::address::SEGMENT;
use crate::error::{Error, harmless};
use crate::http::{self, Answer, Request};
use crate::output;
use crate::session::Session;

const PATH: &str = "/api/v1/api-keys";

/// A key as the server lists it: never whole.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ApiKey {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) prefix: String,
    pub(crate) created_at: i64,
    pub(crate) last_used_at: Option<i64>,
}

/// A key as the server creates it: the one time that it is whole.
#[derive(Deserialize)]
pub(crate) struct NewKey {
    pub(crate) api_key: Created,
    pub(crate) key: String,
}

/// What a new key is called.
#[derive(Deserialize)]
pub(crate) struct Created {
    pub(crate) name: String,
    pub(crate) prefix: String,
}

#[derive(Deserialize)]
struct Listing {
    api_keys: Vec<ApiKey>,
}

/// A column of the table of keys.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    pub(crate) title: &'static str,
    pub(crate) cell: fn(&ApiKey) -> String,
}

/// The columns of the table of keys.
pub(crate) const COLUMNS: &[Column] = &[NAME, PREFIX, CREATED, LAST_USED, ID];
pub(crate) const NAME: Column = Column { title: "NAME", cell: |key| harmless(&key.name) };
pub(crate) const PREFIX: Column = Column { title: "PREFIX", cell: |key| harmless(&key.prefix) };
pub(crate) const CREATED: Column = Column { title: "CREATED", cell: |key| date(key.created_at) };
pub(crate) const LAST_USED: Column = Column {
    title: "LAST USED",
    cell: |key| key.last_used_at.map_or_else(|| "never".to_owned(), date),
};
pub(crate) const ID: Column = Column { title: "ID", cell: |key| harmless(&key.id) };

/// `api-keys create`.
pub(crate) fn create(session: &Session, name: &str) -> Result<(), Error> {
    let oanim = &session.behaviour.oanim;
    let created = (oanim.create_key)(session, name).map_err(|error| match error {
        refused @ Error::Rejected { .. } => refused.doing("create the key"),
        other => other,
    })?;
    (oanim.show_key)(session, &created)
}

/// Has the server create a key.
pub(crate) fn request_key(session: &Session, name: &str) -> Result<NewKey, Error> {
    let request =
        settings::request(session, Method::POST, PATH)?.with_body(json!({ "name": name }));
    let answer = ask(session, request)?;
    http::decode(session, &answer)
}

/// Shows a new key: the key as data, the warning as talk.
pub(crate) fn show_key(session: &Session, created: &NewKey) -> Result<(), Error> {
    session.say(&format!("Name: {}", harmless(&created.api_key.name)))?;
    session.say(&format!("Prefix: {}", harmless(&created.api_key.prefix)))?;
    session.say(&format!("Key: {}", harmless(&created.key)))?;
    session.note("Save this key now: it will not be shown again.");
    Ok(())
}

/// `api-keys list`.
pub(crate) fn list(session: &Session) -> Result<(), Error> {
    let oanim = &session.behaviour.oanim;
    let keys = (oanim.listed)(session, fetch(session)?);
    let titles = oanim.key_columns.iter().map(|column| column.title.to_owned()).collect();
    let rows =
        keys.iter().map(|key| oanim.key_columns.iter().map(|column| (column.cell)(key)).collect());
    let rows: Vec<Vec<String>> = std::iter::once(titles).chain(rows).collect();
    output::table(&rows).iter().try_for_each(|line| session.say(line))
}

/// The keys of the account.
pub(crate) fn fetch(session: &Session) -> Result<Vec<ApiKey>, Error> {
    let answer = ask(session, settings::request(session, Method::GET, PATH)?)?;
    Ok(http::decode::<Listing>(session, &answer)?.api_keys)
}

/// `api-keys revoke`.
pub(crate) fn revoke(session: &Session, id: &str) -> Result<(), Error> {
    (session.behaviour.oanim.revoke)(session, id)?;
    session.say(&format!("Revoked {}", harmless(id)))
}

/// Has the server invalidate a key.
pub(crate) fn request_revocation(session: &Session, id: &str) -> Result<(), Error> {
    let path = format!("{PATH}/{}", utf8_percent_encode(id, SEGMENT));
    let answer = ask(session, settings::request(session, Method::DELETE, &path)?);
    answer.map(drop).map_err(|error| match error {
        Error::Rejected { status: 404, .. } | Error::Unexpected { status: 404, .. } => {
            Error::Rejected { status: 404, said: "no key has this id".to_owned() }
                .doing("revoke the key")
        }
        refused @ Error::Rejected { .. } => refused.doing("revoke the key"),
        other => other,
    })
}

fn ask(session: &Session, request: Request) -> Result<Answer, Error> {
    let credential = settings::required(session, &request)?;
    settings::ask(session, request, credential)
}

/// The day of a moment in milliseconds since 1970.
fn date(milliseconds: i64) -> String {
    jiff::Timestamp::from_millisecond(milliseconds)
        .map_or_else(|_| "unknown".to_owned(), |moment| moment.strftime("%Y-%m-%d").to_string())
}
