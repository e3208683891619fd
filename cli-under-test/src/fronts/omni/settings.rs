//! Which instance, and with what: flag, variable, profile.

use url::{Host, Url};

use super::Options;
use super::profiles::{self, Profile};
use crate::address;
use crate::behaviour::Moment;
use crate::credential::{self, Credential, Origin};
use crate::error::Error;
use crate::renewal::Access;
use crate::session::Session;
use crate::shadow;

pub(crate) const TOKEN_VARIABLE: &str = "OMNI_API_TOKEN";
pub(crate) const URL_VARIABLE: &str = "OMNI_BASE_URL";
const INSECURE_VARIABLE: &str = "OMNI_CLI_DANGEROUSLY_ALLOW_INSECURE_REQUESTS";
/// The domains that are Omni's own.
const DOMAINS: &[&str] = &["omni.co", "omniapp.co", "exploreomni.dev"];

/// An instance, and what it may be asked with.
pub(crate) struct Connection<'a> {
    pub(crate) base: String,
    pub(crate) access: Access<'a>,
}

/// One place where a credential may be found that no profile holds.
pub(crate) type Given = fn(&Session, &Options) -> Result<Option<Credential>, Error>;
/// One place where an address may be found.
pub(crate) type AddressSource = fn(&Session, &Options) -> Result<Option<String>, Error>;

/// The credential of a command, and the instance that it is for.
pub(crate) fn connect<'a>(
    session: &'a Session,
    options: &Options,
) -> Result<Connection<'a>, Error> {
    if let Some(credential) = given(session, options)? {
        let base = base(session, options)?.ok_or_else(nowhere)?;
        let access = Access::Key(credential);
        return Ok(Connection { base, access });
    }
    let profile = profiles::chosen(session, options)?.ok_or_else(|| session.signed_out())?;
    let base = base(session, options)?.ok_or_else(nowhere)?;
    let own = profile.endpoint().ok_or_else(nowhere)?;
    if !(session.behaviour.omni.may_use_at)(&own, &base) {
        return Err(Error::OtherServer {
            what: format!("profile {}", profile.name),
            of: own,
            asked: base,
        });
    }
    let access = profiles::access(session, &profile)?.ok_or_else(|| session.signed_out())?;
    Ok(Connection { base, access })
}

/// The credential that no profile holds.
fn given(session: &Session, options: &Options) -> Result<Option<Credential>, Error> {
    let sources = session.behaviour.omni.given.iter();
    credential::first_of(sources.map(|source| source(session, options)))
}

/// The credential of the flag.
pub(crate) fn of_flag(session: &Session, options: &Options) -> Result<Option<Credential>, Error> {
    let token = options.token.as_ref().map(|token| token.to_string_lossy());
    let token = token.filter(|token| !token.trim().is_empty());
    token.map(|text| credential::from_text(session, &text, Origin::Flag("--token"))).transpose()
}

/// The credential of the variable.
pub(crate) fn of_variable(session: &Session, _: &Options) -> Result<Option<Credential>, Error> {
    credential::from_variable(session, TOKEN_VARIABLE)
}

/// The instance: of the flag, else of the variable, else of the profile.
pub(crate) fn base(session: &Session, options: &Options) -> Result<Option<String>, Error> {
    if let Some(base) = demanded(session, options)? {
        return Ok(Some(base));
    }
    let profile = profiles::chosen(session, options)?;
    base_of(session, profile.as_ref())
}

/// The instance of a profile.
pub(crate) fn base_of(
    session: &Session,
    profile: Option<&Profile>,
) -> Result<Option<String>, Error> {
    let Some(profile) = profile else {
        return Ok(None);
    };
    let endpoint = profile.endpoint();
    let from = || format!("the endpoint of profile {}", profile.name);
    endpoint.map(|endpoint| trusted(session, &endpoint, from())).transpose()
}

/// The instance that was asked for by name.
pub(crate) fn demanded(session: &Session, options: &Options) -> Result<Option<String>, Error> {
    let sources = session.behaviour.omni.demanded.iter();
    credential::first_of(sources.map(|source| source(session, options)))
}

/// The instance of the flag.
pub(crate) fn url_of_flag(session: &Session, options: &Options) -> Result<Option<String>, Error> {
    let base = options.base_url.as_deref().map(str::trim).filter(|base| !base.is_empty());
    base.map(|base| trusted(session, base, "the value of --base-url".to_owned())).transpose()
}

/// The instance of the variable.
pub(crate) fn url_of_variable(session: &Session, _: &Options) -> Result<Option<String>, Error> {
    let base = session.environment.get(URL_VARIABLE);
    base.map(|base| trusted(session, &base, format!("the value of {URL_VARIABLE}"))).transpose()
}

/// One spelling for every way to write the same address, if it is one that may be told secrets.
pub(crate) fn trusted(session: &Session, given: &str, from: String) -> Result<String, Error> {
    let url = match address::parse_base(given) {
        Ok(url) => url,
        Err(why) => return Err(Error::BadAddress { from, why }),
    };
    let insecure = session.environment.get(INSECURE_VARIABLE).is_some();
    if !insecure && !(session.behaviour.omni.is_trusted)(&url) {
        let why = format!("only https at Omni's own domains is, unless {INSECURE_VARIABLE} is set");
        return Err(Error::BadAddress { from, why });
    }
    Ok(address::without_trailing_slashes(url.as_str()))
}

/// Whether an address is Omni's, and nobody can listen in on the way.
pub(crate) fn is_trusted(url: &Url) -> bool {
    let Some(Host::Domain(host)) = url.host() else {
        return false;
    };
    let own = |domain: &str| {
        let below = host.strip_suffix(domain);
        below.is_some_and(|below| below.is_empty() || below.ends_with('.'))
    };
    url.scheme() == "https" && DOMAINS.iter().any(|domain| own(domain))
}

/// Whether what a profile holds may go to an instance: its own, however it is written.
pub(crate) fn may_use_at(own: &str, base: &str) -> bool {
    match (Url::parse(own), Url::parse(base)) {
        (Ok(own), Ok(base)) => address::same_origin(&own, &base),
        _ => false,
    }
}

/// The error for a command that nobody told where to go.
pub(crate) fn nowhere() -> Error {
    Error::BadSetting {
        name: "--base-url",
        why: "is needed, or OMNI_BASE_URL, or a profile with an endpoint: run `omni config init`",
    }
}

/// Says that the variable beats the profile, if it does: a flag beats both.
pub(crate) fn tell_of_shadow(session: &Session, moment: Moment, options: &Options) {
    shadow::tell(session, moment, || {
        let profile = profiles::chosen(session, options).ok().flatten();
        options.token.is_none() && profile.is_some_and(|profile| profile.holds_something())
    });
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use url::Url;

    use super::{is_trusted, may_use_at};

    #[rstest]
    #[case("https://acme.omniapp.co", true)]
    #[case("https://omni.co", true)]
    #[case("https://ACME.OmniApp.co:8443/x", true)]
    #[case("http://acme.omniapp.co", false)]
    #[case("https://notomni.co", false)]
    #[case("https://omni.co.evil.test", false)]
    #[case("https://127.0.0.1", false)]
    fn trusted(#[case] url: &str, #[case] expected: bool) {
        assert_eq!(is_trusted(&Url::parse(url).expect("a URL")), expected);
    }

    #[rstest]
    #[case("https://a.test/", "https://A.test:443", true)]
    #[case("https://a.test", "https://b.test", false)]
    #[case("https://a.test", "http://a.test", false)]
    fn bound(#[case] own: &str, #[case] base: &str, #[case] expected: bool) {
        assert_eq!(may_use_at(own, base), expected);
    }
}
