//! The callback of an authorization request: a code, or the server's refusal (RFC 6749, 4.1.2).

use hyper::Uri;
use url::form_urlencoded;

use super::rules::Brought;
use crate::behaviour::Callback;
use crate::error::{Error, harmless};
use crate::secret::Secret;

/// A question that only its own answer may end.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    /// What the answer must repeat.
    pub(crate) state: Secret,
    /// Who must have answered, where that is known.
    pub(crate) issuer: Option<Issuer>,
}

/// The server that was asked (RFC 9207).
#[derive(Clone, Debug)]
pub(crate) struct Issuer {
    /// Its name.
    pub(crate) name: String,
    /// Whether it says its name in every answer.
    pub(crate) always_named: bool,
}

impl Pending {
    /// What a callback brings. Without the right state it is somebody else's, whatever it says.
    pub(super) fn read(&self, behaviour: &Callback, uri: &Uri) -> Brought {
        let given = only(uri, "state").unwrap_or_default();
        if !(behaviour.state_matches)(self.state.expose(), &given) {
            let text = "This is not the answer to a sign-in that was begun here.";
            return match (behaviour.stranger)() {
                Some(error) => Brought::Arrival(Err(error), text.to_owned()),
                None => Brought::Nothing(text),
            };
        }
        if let Some(issuer) = &self.issuer
            && let Err(error) = (behaviour.issuer_matches)(issuer, uri)
        {
            let text = "The answer came from another server than the one that was asked.";
            return Brought::Arrival(Err(error), text.to_owned());
        }
        let refusal = only(uri, "error").filter(|error| !error.is_empty());
        if let Some(error) = refusal.filter(|_| behaviour.heeds_refusals) {
            let description = only(uri, "error_description");
            let reason = harmless(description.as_deref().unwrap_or(&error));
            let text = format!("The sign-in was refused: {reason}. The terminal says more.");
            let error = Error::Denied {
                error: harmless(&error),
                description: description.map(|text| (behaviour.description)(&text)),
            };
            return Brought::Arrival(Err(error), text);
        }
        match (behaviour.code)(uri) {
            Some(code) => {
                let text =
                    "The answer has arrived. You can close this page and go back to the terminal.";
                Brought::Arrival(Ok(code), text.to_owned())
            }
            None => Brought::Nothing("The sign-in brought no code. Please try again."),
        }
    }
}

/// Whether the answer repeats what was asked.
pub(crate) fn states_match(asked: &str, given: &str) -> bool {
    asked == given
}

/// Whether the answer is of the server that was asked: it must not be another's, and where that
/// server always says its name, must not be nobody's.
pub(crate) fn iss_of(issuer: &Issuer, uri: &Uri) -> Result<(), Error> {
    let named = parameters(uri, "iss");
    let right = match named.as_slice() {
        [] => !issuer.always_named,
        [name] => *name == issuer.name,
        _ => false,
    };
    if right {
        return Ok(());
    }
    Err(Error::AnotherIssuer {
        asked: issuer.name.clone(),
        answered: named.first().map(|name| harmless(name)),
    })
}

/// The code, if there is exactly one and it is well-formed.
pub(crate) fn code_of(uri: &Uri) -> Option<Secret> {
    Secret::exactly(&only(uri, "code")?).ok()
}

fn only(uri: &Uri, name: &str) -> Option<String> {
    let mut values = parameters(uri, name);
    let value = values.pop()?;
    values.is_empty().then_some(value)
}

fn parameters(uri: &Uri, name: &str) -> Vec<String> {
    form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
        .filter(|(given, _)| given == name)
        .map(|(_, value)| value.into_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::{Issuer, Pending};
    use crate::behaviour::Callback;
    use crate::callback::rules::Brought;
    use crate::secret::Secret;

    fn read(query: &str, always_named: bool) -> Brought {
        let pending = Pending {
            state: Secret::parse("s1").expect("well-formed"),
            issuer: Some(Issuer { name: "https://as.test".to_owned(), always_named }),
        };
        let uri = format!("/callback?{query}").parse().expect("a URI");
        pending.read(&Callback::default(), &uri)
    }

    #[rstest]
    #[case::plain("code=c&state=s1", false)]
    #[case::unasked_name("code=c&state=s1&iss=https://as.test", false)]
    #[case::named("iss=https%3A%2F%2Fas.test&code=c&state=s1&more=1", true)]
    fn genuine(#[case] query: &str, #[case] always_named: bool) {
        let brought = read(query, always_named);
        assert!(matches!(brought, Brought::Arrival(Ok(code), _) if code.expose() == "c"));
    }

    #[rstest]
    #[case::no_state("code=c")]
    #[case::wrong_state("code=c&state=s2")]
    #[case::two_states("code=c&state=s1&state=s1")]
    #[case::no_code("state=s1")]
    #[case::empty_code("code=&state=s1")]
    #[case::two_codes("code=c&code=d&state=s1")]
    #[case::stray_refusal("error=access_denied")]
    #[case::forged_refusal("error=access_denied&state=s2")]
    fn nothing(#[case] query: &str) {
        assert!(matches!(read(query, false), Brought::Nothing(_)));
    }

    #[rstest]
    #[case::refused("error=access_denied&error_description=%3Cscript%3E&state=s1", false)]
    #[case::refused_with_code("error=access_denied&code=c&state=s1", false)]
    #[case::another("code=c&state=s1&iss=https://evil.test", false)]
    #[case::almost("code=c&state=s1&iss=https://as.test/", false)]
    #[case::nobody("code=c&state=s1", true)]
    #[case::two_names("code=c&state=s1&iss=https://as.test&iss=https://as.test", true)]
    fn the_end(#[case] query: &str, #[case] always_named: bool) {
        assert!(matches!(read(query, always_named), Brought::Arrival(Err(_), _)));
    }
}
