//! Taking tokens back.

use super::sign_in::Tokens;
use crate::probe::ask::Ask;
use crate::probe::need;
use crate::probe::part::Part;
use crate::probe::play::{Halt, Play, stuck};
use crate::probe::terms::Client;

/// Requests that nobody signs in for.
pub static REVOCATION: Part = Part {
    id: "revocation",
    story: "a token that nobody knows is revoked, and mistaken requests are made",
    needs: &[&need::REVOKE],
    play: |play| Box::pin(revocation(play)),
};

/// A refresh token that is revoked, and with it its session.
pub static REVOCATION_LIVE: Part = Part {
    id: "revocation-live",
    story: "somebody signs in, the refresh token is used, the new one is revoked, and all is tried again",
    needs: &[&need::REVOKE, &need::AUTHORIZE, &need::SIGN_IN],
    play: |play| Box::pin(live(play)),
};

/// Tokens that are revoked by another client, and with a mistaken hint.
pub static REVOCATION_BOUND: Part = Part {
    id: "revocation-bound",
    story: "another client revokes a refresh token that is good, and then its own with a mistaken hint and without",
    needs: &[&need::REVOKE, &need::AUTHORIZE, &need::TIRELESS],
    play: |play| Box::pin(bound(play)),
};

impl Play<'_> {
    fn revoke(&self, client: &Client, fields: &[(&str, &str)]) -> Result<Ask, Halt> {
        match &self.oauth()?.revoke {
            Some(route) => Ok(client.asks(self.terms.at(route), fields)),
            None => stuck("the profile has no revocation"),
        }
    }

    /// Uses the refresh token, if one was given, as `good`: that it is refused later says nothing
    /// where it was no good before. The tokens that are good now.
    async fn refreshed(&mut self, tokens: Tokens) -> Result<Tokens, Halt> {
        let Some(refresh) = &tokens.refresh else { return Ok(tokens) };
        let ask = self.refresh_with(&self.terms.client(), refresh)?;
        let reply = self.ask_for_tokens("good", ask).await?;
        Ok(match reply.text("access_token").filter(|_| reply.is_success()) {
            Some(access) => {
                Tokens { access, refresh: reply.text("refresh_token").or(tokens.refresh) }
            }
            None => tokens,
        })
    }
}

async fn revocation(play: &mut Play<'_>) -> Result<(), Halt> {
    let client = play.terms.client();
    let unknown = play.revoke(&client, &[("token", "authspec-no-such-token")])?;
    play.send("unknown", unknown.clone()).await?;
    play.send("no-token", play.revoke(&client, &[("authspec", "no-token")])?).await?;
    let get = Ask::new("GET", unknown.url).query(&[("token", "authspec-no-such-token")]);
    play.send("get", get.query(&[("client_id", &client.id)])).await?;
    Ok(())
}

async fn live(play: &mut Play<'_>) -> Result<(), Halt> {
    let client = play.terms.client();
    let tokens = play.signed_in("sign-in", &play.terms.scope()).await?;
    let tokens = play.refreshed(tokens).await?;
    let refresh = tokens.refresh.as_deref();
    let token = refresh.unwrap_or(&tokens.access);
    if play.terms.protected().is_some() {
        play.show("use", &tokens.access).await?;
    }
    play.send("revoke", play.revoke(&client, &[("token", token)])?).await?;
    if let Some(refresh) = refresh {
        play.ask_for_tokens("refresh", play.refresh_with(&client, refresh)?).await?;
    }
    if play.terms.protected().is_some() {
        play.show("use-after", &tokens.access).await?;
    }
    let again = play.revoke(&client, &[("token", token), ("authspec", "again")])?;
    play.send("again", again).await?;
    Ok(())
}

async fn bound(play: &mut Play<'_>) -> Result<(), Halt> {
    let client = play.terms.client();
    let tokens = play.signed_in("sign-in", &play.terms.scope()).await?;
    let Some(mut refresh) = play.refreshed(tokens).await?.refresh else {
        return stuck("no refresh token was given");
    };
    if let Some(other) = play.terms.other_client() {
        play.send("another-client", play.revoke(&other, &[("token", &refresh)])?).await?;
        let reply =
            play.send("after-another-client", play.refresh_with(&client, &refresh)?).await?;
        if !reply.is_success() {
            return Ok(());
        }
        refresh = play.tokens("after-another-client", &reply)?.refresh.unwrap_or(refresh);
    }
    let fields = [("token", refresh.as_str()), ("token_type_hint", "access_token")];
    play.send("mistaken-hint", play.revoke(&client, &fields)?).await?;
    let reply =
        play.ask_for_tokens("after-mistaken-hint", play.refresh_with(&client, &refresh)?).await?;
    let refresh = reply.text("refresh_token").unwrap_or(refresh);
    play.send("without-hint", play.revoke(&client, &[("token", &refresh)])?).await?;
    Ok(())
}
