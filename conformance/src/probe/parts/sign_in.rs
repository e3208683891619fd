//! What many parts begin with: a sign-in by authorization code, and the tokens of one.

use mock_server::profile::OAuthProfile;

use crate::probe::ask::Ask;
use crate::probe::browser::Decision;
use crate::probe::play::{Halt, Play, challenge, random, stuck};
use crate::probe::recording::{Reply, parameter};
use crate::probe::terms::Client;

/// What `state` holds beside what is random: characters that must not be decoded twice.
const TRICKY: &str = "+%2B%20 &=/~";

/// How long a `state` is made, in characters.
const STATE_LENGTH: usize = 200;

/// An authorization code, and what it is exchanged with.
pub(super) struct Code {
    pub(super) text: String,
    pub(super) verifier: String,
    pub(super) redirect_uri: String,
}

/// What a sign-in gave.
pub(super) struct Tokens {
    pub(super) access: String,
    pub(super) refresh: Option<String>,
}

impl<'p> Play<'p> {
    /// The OAuth half of the profile.
    ///
    /// # Errors
    /// [`Halt::Stuck`] when it has none.
    pub(super) fn oauth(&self) -> Result<&'p OAuthProfile, Halt> {
        let oauth = self.terms.platform().oauth.as_ref();
        oauth.ok_or_else(|| Halt::Stuck("the profile has no OAuth".to_owned()))
    }

    /// An authorization request with these parameters, beside the id of the client that signs in.
    pub(super) fn authorize(&self, parameters: &[(&str, &str)]) -> Result<Ask, Halt> {
        self.authorize_as(&self.terms.client().id, parameters)
    }

    /// An authorization request with these parameters, beside this id of a client.
    pub(super) fn authorize_as(
        &self,
        client_id: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Ask, Halt> {
        match &self.oauth()?.authorize {
            Some(route) => {
                let ask = self.terms.at(route).query(&[("client_id", client_id)]);
                Ok(ask.query(parameters))
            }
            None => stuck("the profile has no authorization endpoint"),
        }
    }

    /// A request to the token endpoint on behalf of `client`.
    pub(super) fn token(&self, client: &Client, fields: &[(&str, &str)]) -> Result<Ask, Halt> {
        Ok(client.asks(self.terms.at(&self.oauth()?.token), fields))
    }

    /// Signs in and comes back with what the redirect said.
    pub(super) async fn authorized(
        &mut self,
        label: &str,
        scope: &str,
        decision: Decision,
    ) -> Result<(Code, String), Halt> {
        let listener = self.listen().await?;
        let redirect_uri = self.terms.redirect_uri(listener.port());
        let verifier = random(64);
        let mut state = format!("{}{TRICKY}", random(32));
        state.push_str(&"x".repeat(STATE_LENGTH - state.len()));
        self.keep_hidden("state", &state);
        self.keep_hidden("redirect_uri", &redirect_uri);
        self.redaction.hide("verifier", &verifier);
        let page = self.authorize(&[
            ("response_type", "code"),
            ("redirect_uri", &redirect_uri),
            ("state", &state),
            ("code_challenge", &challenge(&verifier)),
            ("code_challenge_method", "S256"),
        ])?;
        let page = page.scoped(scope);
        // OpenID Connect Core section 11: nobody is given offline access without being asked.
        let offline = scope.split(' ').any(|word| word == "offline_access");
        let page = if offline { page.query(&[("prompt", "consent")]) } else { page };
        let back = self.come_back(label, &page.url, decision, &listener).await?;
        let text = parameter(back.as_str(), "code").unwrap_or_default();
        self.keep_hidden(&format!("{label}/callback"), back.as_str());
        Ok((Code { text, verifier, redirect_uri }, back.into()))
    }

    /// Signs in and returns the code.
    pub(super) async fn code(&mut self, label: &str, scope: &str) -> Result<Code, Halt> {
        let (code, back) = self.authorized(label, scope, Decision::Approve).await?;
        if code.text.is_empty() {
            let error = parameter(&back, "error").unwrap_or_default();
            return stuck(format!("`{label}`: the browser came back without a code: {error}"));
        }
        self.redaction.hide("code", &code.text);
        Ok(code)
    }

    /// The exchange of a code, as it should be.
    pub(super) fn exchange(&self, code: &Code) -> Result<Ask, Halt> {
        self.token(
            &self.terms.client(),
            &[
                ("grant_type", "authorization_code"),
                ("code", &code.text),
                ("redirect_uri", &code.redirect_uri),
                ("code_verifier", &code.verifier),
            ],
        )
    }

    /// Signs in and exchanges the code, as `label/exchange`.
    pub(super) async fn signed_in(&mut self, label: &str, scope: &str) -> Result<Tokens, Halt> {
        let code = self.code(label, scope).await?;
        let name = format!("{label}/exchange");
        let reply = self.send(&name, self.exchange(&code)?).await?;
        self.tokens(&name, &reply)
    }

    /// The tokens of a reply, which are revoked at the end of the probe.
    pub(super) fn tokens(&mut self, name: &str, reply: &Reply) -> Result<Tokens, Halt> {
        self.revoke_if_given(reply);
        if !reply.is_success() {
            return stuck(format!("`{name}` was answered {}", reply.describe()));
        }
        let access = self.text(reply, "access_token")?;
        Ok(Tokens { access, refresh: reply.text("refresh_token") })
    }

    /// Sends what should give no tokens, as `name`; if it does, they are revoked at the end.
    pub(super) async fn ask_for_tokens(&mut self, name: &str, ask: Ask) -> Result<Reply, Halt> {
        let reply = self.send(name, ask).await?;
        self.revoke_if_given(&reply);
        Ok(reply)
    }

    /// Sees to it that the tokens that a reply gives, if any, do not outlive the probe, where the
    /// profile has revocation; where it has none, sessions end by themselves.
    pub(super) fn revoke_if_given(&self, reply: &Reply) {
        let oauth = self.terms.platform().oauth.as_ref();
        if reply.is_success()
            && let Some(token) = reply.text("refresh_token").or_else(|| reply.text("access_token"))
            && let Some(route) = oauth.and_then(|oauth| oauth.revoke.as_ref())
        {
            let removal = self.terms.client().asks(self.terms.at(route), &[("token", &token)]);
            self.made("a session", Some(removal));
        }
    }

    /// A refresh with this token.
    pub(super) fn refresh_with(&self, client: &Client, token: &str) -> Result<Ask, Halt> {
        self.token(client, &[("grant_type", "refresh_token"), ("refresh_token", token)])
    }

    /// Shows a credential where one is asked for, as `name`.
    pub(super) async fn show(&mut self, name: &str, credential: &str) -> Result<Reply, Halt> {
        match self.terms.protected() {
            Some(protected) => self.send(name, protected.bearer(credential)).await,
            None => stuck("the profile has nothing that takes a credential"),
        }
    }
}
