//! What a token is.

use crate::probe::ask::Ask;
use crate::probe::need;
use crate::probe::part::Part;
use crate::probe::play::{Halt, Play, stuck};

/// Requests that nobody signs in for.
pub static INTROSPECTION: Part = Part {
    id: "introspection",
    story: "a token that nobody knows is introspected without a credential, and with one, if it was lent",
    needs: &[&need::INTROSPECT],
    play: |play| Box::pin(introspection(play)),
};

/// A token that lives, and is then revoked.
pub static INTROSPECTION_LIVE: Part = Part {
    id: "introspection-live",
    story: "somebody signs in, and the access token is introspected, revoked, and introspected again",
    needs: &[
        &need::INTROSPECT,
        &need::REVOKE,
        &need::AUTHORIZE,
        &need::CLIENT_SECRET,
        &need::SIGN_IN,
    ],
    play: |play| Box::pin(live(play)),
};

impl Play<'_> {
    fn introspect(&self, token: &str) -> Result<Ask, Halt> {
        let route = self.oauth()?.introspect.as_ref();
        match (route, self.terms.confidential_client()) {
            (Some(route), Some(client)) => {
                Ok(client.asks(self.terms.at(route), &[("token", token)]))
            }
            _ => stuck("there is no client that may introspect"),
        }
    }
}

async fn introspection(play: &mut Play<'_>) -> Result<(), Halt> {
    let Some(route) = &play.oauth()?.introspect else { return Ok(()) };
    let open = play.terms.at(route).form(&[("token", "authspec-unseen"), ("authspec", "unseen")]);
    play.send("unseen", open).await?;
    if play.terms.confidential_client().is_some() {
        play.send("unknown", play.introspect("authspec-no-such-token")?).await?;
    }
    Ok(())
}

async fn live(play: &mut Play<'_>) -> Result<(), Halt> {
    let tokens = play.signed_in("sign-in", &play.terms.scope()).await?;
    play.send("living", play.introspect(&tokens.access)?).await?;
    if let Some(route) = &play.oauth()?.revoke {
        let revoke = play.terms.at(route);
        let revoke = play.terms.client().asks(revoke, &[("token", &tokens.access)]);
        play.send("revoke", revoke).await?;
    }
    play.send("ended", play.introspect(&tokens.access)?).await?;
    Ok(())
}
