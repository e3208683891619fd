//! The token endpoint (RFC 6749, sections 5.1 and 5.2).

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use ureq::http::Method;

use crate::error::{Error, harmless};
use crate::http::{self, Answer, Request};
use crate::secret::Secret;
use crate::session::Session;
use crate::store::Fields;

/// What a session consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tokens {
    /// What requests carry.
    pub(crate) access: Secret,
    /// What brings the next.
    pub(crate) refresh: Option<Secret>,
    /// When the access token ends, where that is known.
    pub(crate) expires_at: Option<Timestamp>,
}

/// Tokens, and what else the server said with them.
#[derive(Clone, Debug)]
pub(crate) struct Granted {
    pub(crate) tokens: Tokens,
    pub(crate) rest: Fields,
}

/// The fields of a form, with the names that the standard gives them.
pub(crate) type Form = Vec<(&'static str, String)>;

/// Asks for tokens.
pub(crate) fn request(session: &Session, endpoint: &str, form: Form) -> Result<Granted, Error> {
    asked(session, Request::new(Method::POST, endpoint), form)
}

fn asked(session: &Session, request: Request, form: Form) -> Result<Granted, Error> {
    let request = request.with_form((session.behaviour.oauth.form)(form));
    let answer = (session.behaviour.http.send)(session, &request)?;
    accepted(&answer)?;
    read(session, &answer)
}

/// How long a renewal may take, and what comes before it: others are waiting for their turn.
pub(crate) const PATIENCE: Duration = Duration::from_secs(12);

/// Exchanges a refresh token for new tokens.
pub(crate) fn renew(
    session: &Session,
    endpoint: &str,
    client: &str,
    refresh: &Secret,
) -> Result<Granted, Error> {
    let form = vec![
        ("grant_type", "refresh_token".to_owned()),
        ("refresh_token", refresh.expose().to_owned()),
        ("client_id", client.to_owned()),
    ];
    asked(session, Request::new(Method::POST, endpoint).within(PATIENCE), form)
}

/// Takes 2xx for an answer, and everything else for the failure that it is. Only an error in the
/// words of the standard is one of the grant; a page of some proxy between here and there is not.
pub(crate) fn accepted(answer: &Answer) -> Result<(), Error> {
    if matches!(answer.status, 400..=428 | 430..=499)
        && let Ok(body) = serde_json::from_slice::<Fields>(&answer.body)
        && let Some(error) = body.get("error").and_then(Value::as_str)
    {
        let description = body.get("error_description").and_then(Value::as_str);
        return Err(Error::Grant {
            host: answer.host.clone(),
            status: answer.status,
            error: harmless(error),
            description: description.map(harmless),
        });
    }
    http::judge(answer, None)
}

/// The tokens of an answer.
pub(crate) fn read(session: &Session, answer: &Answer) -> Result<Granted, Error> {
    let mut rest: Fields = http::decode(session, answer)?;
    let access = secret(&mut rest, "access_token").ok_or_else(|| answer.unexpected())?;
    // Some servers leave the type out; what they mean is the only one there is.
    let usable = match rest.get("token_type") {
        None | Some(Value::Null) => true,
        Some(Value::String(named)) => (session.behaviour.oauth.usable_type)(named),
        Some(_) => false,
    };
    if !usable {
        return Err(answer.unexpected());
    }
    let expires_at = (session.behaviour.oauth.end)(rest.get("expires_in"), access.expose());
    let refresh = secret(&mut rest, "refresh_token");
    Ok(Granted { tokens: Tokens { access, refresh, expires_at }, rest })
}

/// Whether a type of token is the one that is shown as it is.
pub(crate) fn is_bearer(named: &str) -> bool {
    named.eq_ignore_ascii_case("bearer")
}

fn secret(fields: &mut Fields, name: &str) -> Option<Secret> {
    let value = fields.shift_remove(name)?;
    Secret::exactly(value.as_str()?).ok()
}

/// When a token ends: as the answer says, by the clock here; else as the token says itself.
pub(crate) fn end(expires_in: Option<&Value>, token: &str) -> Option<Timestamp> {
    lifetime(expires_in)
        .and_then(|lifetime| moment_after(Timestamp::now(), lifetime))
        .or_else(|| end_of(token))
}

/// How long a token lives; what makes no sense is unknown, and the server will say when it ends.
fn lifetime(expires_in: Option<&Value>) -> Option<Duration> {
    let seconds = match expires_in? {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    Duration::try_from_secs_f64(seconds).ok().filter(|lifetime| *lifetime >= Duration::from_secs(1))
}

fn moment_after(now: Timestamp, lifetime: Duration) -> Option<Timestamp> {
    let lifetime = SignedDuration::try_from(lifetime).ok()?;
    let end = now.checked_add(lifetime).ok()?;
    Timestamp::from_second(end.as_second()).ok()
}

/// The end of a token that says it itself. Nothing is trusted here: a wrong claim costs a refresh.
pub(crate) fn end_of(token: &str) -> Option<Timestamp> {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let mut parts = token.split('.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    let claims = URL_SAFE_NO_PAD.decode(claims).ok()?;
    let claims: Fields = serde_json::from_slice(&claims).ok()?;
    Timestamp::from_second(claims.get("exp")?.as_i64()?).ok()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::{end_of, is_bearer, lifetime, moment_after};

    #[rstest]
    #[case(json!(3600), Some(3600))]
    #[case(json!("3600"), Some(3600))]
    #[case(json!(3600.5), Some(3600))]
    #[case(json!(0), None)]
    #[case(json!(-1), None)]
    #[case(json!(null), None)]
    #[case(json!("soon"), None)]
    #[case(json!(true), None)]
    #[case(json!(1e300), None)]
    fn lifetimes(#[case] value: Value, #[case] seconds: Option<u64>) {
        assert_eq!(lifetime(Some(&value)).map(|found| found.as_secs()), seconds);
    }

    #[test]
    fn a_lifetime_beyond_the_calendar_is_unknown() {
        let lifetime = lifetime(Some(&json!(1e12))).expect("a number");
        assert_eq!(moment_after(Timestamp::now(), lifetime), None);
        assert_eq!(super::lifetime(None), None);
    }

    #[test]
    fn a_token_may_say_its_end_itself() {
        // {"exp":1700000000}
        let token = "e30.eyJleHAiOjE3MDAwMDAwMDB9.c2ln";
        assert_eq!(end_of(token).map(Timestamp::as_second), Some(1_700_000_000));
        assert_eq!(end_of("opaque"), None);
    }

    #[rstest]
    #[case("bEaReR", true)]
    #[case("mac", false)]
    #[case("", false)]
    fn types(#[case] named: &str, #[case] expected: bool) {
        assert_eq!(is_bearer(named), expected);
    }

    proptest! {
        #[test]
        fn no_token_and_no_lifetime_is_a_crash(token in "\\PC{0,60}", seconds in any::<f64>()) {
            let _ = end_of(&token);
            let _ = lifetime(Some(&json!(seconds))).and_then(|it| moment_after(Timestamp::now(), it));
        }
    }
}
