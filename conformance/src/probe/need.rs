//! What a part or a check needs: of the profile, and of the operator. What is missing makes a check
//! not applicable, and says so: of what the operator may give, with the flag that would enable it.

use mock_server::profile::{AccessTokenFormat, CredentialKind, OAuthProfile};

use super::terms::{Browser, Terms};
use crate::check::Objection;

/// Something that has to be there.
#[derive(Debug)]
pub struct Need {
    /// Whether it is.
    pub met: fn(&Terms) -> bool,
    /// What is said where it is not.
    pub unless: &'static str,
    /// Who would have to give it.
    pub of: Giver,
}

/// Who gives what is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Giver {
    /// The profile: what it lacks is not claimed, whatever the operator lends.
    Profile,
    /// The operator, who lends, allows, and says which server.
    Operator,
}

impl Need {
    /// What keeps a check from being judged where the need is not met.
    pub fn objection(&self) -> Objection {
        let why = self.unless.to_owned();
        match self.of {
            Giver::Profile => Objection::NotClaimed(why),
            Giver::Operator => Objection::NotLent(why),
        }
    }
}

fn oauth(terms: &Terms, has: fn(&OAuthProfile) -> bool) -> bool {
    terms.platform().oauth.as_ref().is_some_and(has)
}

macro_rules! needs {
    (of $of:ident; $($(#[$doc:meta])* $name:ident: $unless:expr, $met:expr;)*) => {
        $($(#[$doc])*
        pub static $name: Need = Need { met: $met, unless: $unless, of: Giver::$of };)*
    };
}

needs! {
    of Profile;
    /// An authorization endpoint.
    AUTHORIZE: "the profile has no authorization endpoint",
        |terms| oauth(terms, |oauth| oauth.authorize.is_some());
    /// A token endpoint.
    TOKEN: "the profile has no token endpoint", |terms| oauth(terms, |_| true);
    /// Clients that are told from strangers.
    CLIENTS: "the profile takes any client", |terms| oauth(terms, |oauth| !oauth.any_client);
    /// A token reply as the standard has it.
    STANDARD_REPLY: "the profile's token reply is not the standard's",
        |terms| oauth(terms, |oauth| {
            let body = oauth.token_reply.body.as_ref();
            body.is_some_and(|body| body.get("token_type").is_some())
        });
    /// Refresh tokens.
    REFRESH: "the profile has no refresh tokens",
        |terms| oauth(terms, |oauth| oauth.refresh_tokens.is_some());
    /// Refresh tokens of which a used one is no good at once.
    STRICT_REFRESH: "the profile lets a used refresh token be used again",
        |terms| oauth(terms, |oauth| {
            let policy = oauth.refresh_tokens.as_ref();
            policy.is_some_and(|policy| policy.grace_seconds == 0)
        });
    /// A scope that a sign-in can do without.
    MORE_SCOPES: "the profile has no scope that a sign-in can do without",
        |terms| terms.dispensable_scope().is_some();
    /// Revocation.
    REVOKE: "the profile has no revocation endpoint",
        |terms| oauth(terms, |oauth| oauth.revoke.is_some());
    /// Introspection.
    INTROSPECT: "the profile has no introspection endpoint",
        |terms| oauth(terms, |oauth| oauth.introspect.is_some());
    /// Metadata.
    METADATA: "the profile has no metadata", |terms| oauth(terms, |oauth| oauth.metadata.is_some());
    /// OpenID discovery.
    OPENID: "the profile has no OpenID discovery",
        |terms| oauth(terms, |oauth| oauth.openid_configuration.is_some());
    /// Both metadata and OpenID discovery, or either.
    ANY_METADATA: "the profile has no metadata",
        |terms| oauth(terms, |oauth| oauth.metadata.is_some() || oauth.openid_configuration.is_some());
    /// Public keys.
    JWKS: "the profile has no JWKS", |terms| oauth(terms, |oauth| oauth.jwks.is_some());
    /// Registration of clients.
    REGISTER: "the profile has no registration endpoint",
        |terms| oauth(terms, |oauth| oauth.register.is_some());
    /// OpenID userinfo.
    USERINFO: "the profile has no userinfo endpoint",
        |terms| oauth(terms, |oauth| oauth.userinfo.is_some());
    /// Device authorization.
    DEVICE: "the profile has no device authorization",
        |terms| oauth(terms, |oauth| oauth.device.is_some());
    /// A login that hands a key to a loopback port.
    LOOPBACK_KEY: "the profile has no login that hands a key to a port",
        |terms| terms.platform().loopback_key.is_some();
    /// A login that hands over a code for a key.
    CODE_LOGIN: "the profile has no login by a code for a key",
        |terms| terms.platform().code_login.is_some();
    /// A login for a key that is approved on another device.
    HEADLESS: "the profile has no login for a key that is approved elsewhere",
        |terms| terms.platform().headless_login.is_some();
    /// An identity endpoint.
    IDENTITY: "the profile has no identity endpoint", |terms| terms.platform().identity.is_some();
    /// Something that takes a credential.
    PROTECTED: "the profile has nothing that takes a credential and can be read",
        |terms| terms.protected().is_some();
    /// Access tokens that are taken there.
    TOKENS_TAKEN: "the profile takes no access tokens",
        |terms| terms.protected().is_some()
            && terms.platform().bearer.contains(&CredentialKind::Token);
    /// Access tokens that are JWTs.
    JWT: "the profile's access tokens are no JWTs",
        |terms| terms.platform().access_tokens.format == AccessTokenFormat::Jwt;
    /// A list of keys.
    KEY_LIST: "the profile has no list of keys", |terms| terms.platform().key_list.is_some();
    /// Making keys.
    KEY_CREATE: "the profile has nothing that creates keys",
        |terms| terms.platform().key_create.is_some();
    /// Revoking keys.
    KEY_REVOKE: "the profile has nothing that revokes keys",
        |terms| terms.platform().key_revoke.is_some();
    /// A limit of keys.
    KEY_LIMIT: "the profile has no limit of keys", |terms| terms.platform().keys.limit.is_some();
    /// Verifying keys.
    KEY_VERIFY: "the profile has nothing that verifies keys",
        |terms| terms.platform().key_verify.is_some();
}

needs! {
    of Operator;
    /// An https URL.
    HTTPS: "the URL is not https", |terms| terms.url.starts_with("https://");
    /// Leave to create something.
    WRITES: "it would create something at the server: allow it with --allow-writes",
        |terms| terms.grants.writes;
    /// Requests that are there at once.
    RACE: "one request a second cannot race another: give --rate 2 or more",
        |terms| terms.rate.get() > 1;
    /// Somebody who signs in.
    SIGN_IN: "somebody has to sign in: give --sign-in robot, chromium or operator",
        |terms| terms.grants.browser.is_some();
    /// Somebody who signs in as often as it takes, and also refuses.
    TIRELESS: "it takes more sign-ins than are asked of a person: give --sign-in robot or chromium",
        |terms| matches!(terms.grants.browser, Some(Browser::Robot | Browser::Chromium));
    /// The robot, which also sees what is answered on the way.
    ROBOT: "it is judged by what is answered on the way: give --sign-in robot",
        |terms| terms.grants.browser == Some(Browser::Robot);
    /// A good credential.
    CREDENTIAL: "there is no credential: set AUTHSPEC_KEY or AUTHSPEC_TOKEN, or give --credentials",
        |terms| terms.credential().is_some();
    /// A good key.
    KEY: "there is no API key: set AUTHSPEC_KEY, or give --credentials",
        |terms| terms.grants.credentials.key.is_some();
    /// A good key of another account.
    SECOND_KEY: "there is no key of a second account: set AUTHSPEC_SECOND_KEY, or give --credentials",
        |terms| terms.grants.credentials.second_key.is_some();
    /// A credential that was good once.
    EXPIRED: "there is no expired credential: set AUTHSPEC_EXPIRED, or give --credentials",
        |terms| terms.grants.credentials.expired.is_some();
    /// The secret of a confidential client.
    CLIENT_SECRET: "there is no client secret: set AUTHSPEC_CLIENT_SECRET, or give --credentials",
        |terms| terms.confidential_client().is_some();
    /// A second client.
    OTHER_CLIENT: "there is no second client: name one in the profile, with AUTHSPEC_CLIENT_SECRET if it is confidential",
        |terms| terms.other_client().is_some();
}
