//! What a request to the platform says of the one who sent it.

use mock_server::Exchange;
use serde_json::Value;

/// The `User-Agent` of the robot browser: what tells its requests from the tool's.
pub(crate) const BROWSER_USER_AGENT: &str = "Mozilla/5.0 (authspec robot browser)";

/// Whether this request came from the robot browser, not from the tool.
pub fn is_from_browser(exchange: &Exchange) -> bool {
    header(exchange, "user-agent") == Some(BROWSER_USER_AGENT)
}

/// Scheme and credential of the Authorization header, if there is one.
pub fn credential_of(exchange: &Exchange) -> Option<(&str, &str)> {
    let value = header(exchange, "authorization")?;
    Some(value.split_once(' ').unwrap_or((value, "")))
}

/// The parameter `name` of a request: of its form, of its JSON object, or of its query.
pub fn parameter_of(exchange: &Exchange, name: &str) -> Option<String> {
    if let Ok(Value::Object(members)) = serde_json::from_str(&exchange.body) {
        return members.get(name)?.as_str().map(str::to_owned);
    }
    let parse = |text: &str| {
        let mut pairs = form_urlencoded::parse(text.as_bytes()).into_owned();
        pairs.find(|(key, _)| key == name).map(|(_, value)| value)
    };
    parse(&exchange.body).or_else(|| parse(&exchange.query))
}

fn header<'a>(exchange: &'a Exchange, name: &str) -> Option<&'a str> {
    let found = exchange.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}
