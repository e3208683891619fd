//! `amika sandbox list`: the credential at work.

use serde_json::Value;

use super::settings;
use crate::error::{Error, harmless};
use crate::session::Session;
use crate::{http, output};

pub(crate) const PATH: &str = "/api/v0beta1/sandboxes";

/// Lists the sandboxes.
pub(crate) fn list(session: &Session) -> Result<(), Error> {
    let answer = settings::ask(session, PATH)?;
    let sandboxes: Vec<Value> = http::decode(session, &answer)?;
    let columns = ["id", "name", "state"];
    let titles = columns.map(str::to_uppercase).to_vec();
    let rows = sandboxes.iter().map(|sandbox| {
        let cell = |name| sandbox.get(name).and_then(Value::as_str).map(harmless);
        columns.map(|name| cell(name).unwrap_or_default()).to_vec()
    });
    let rows: Vec<_> = std::iter::once(titles).chain(rows).collect();
    output::table(&rows).iter().try_for_each(|line| session.say(line))
}
