//! Requests to the token endpoint that nobody signs in for.

use crate::probe::ask::Ask;
use crate::probe::need;
use crate::probe::part::Part;
use crate::probe::play::{Halt, Play};
use crate::probe::terms::Client;

/// Mistaken requests.
pub static TOKEN: Part = Part {
    id: "token",
    story: "the token endpoint is asked with every mistake that needs no sign-in",
    needs: &[&need::TOKEN],
    play: |play| Box::pin(token(play)),
};

async fn token(play: &mut Play<'_>) -> Result<(), Halt> {
    let client = play.terms.client();
    let redirect_uri = play.terms.redirect_uri(super::authorize::PORT);
    let code = [
        ("grant_type", "authorization_code"),
        ("code", "authspec-no-such-code"),
        ("redirect_uri", redirect_uri.as_str()),
        ("code_verifier", "authspec-probe-authspec-probe-authspec-probe-0"),
    ];
    if play.oauth()?.authorize.is_some() {
        play.ask_for_tokens("error/unknown-code", play.token(&client, &code)?).await?;
    }
    if play.oauth()?.refresh_tokens.is_some() {
        let ask = play.refresh_with(&client, "authspec-no-such-token")?;
        play.ask_for_tokens("error/unknown-refresh", ask).await?;
    }
    let unknown = [("grant_type", "urn:authspec:no-such-grant")];
    play.ask_for_tokens("error/unknown-grant", play.token(&client, &unknown)?).await?;
    let marked = [("authspec", "no-grant")];
    play.ask_for_tokens("no-grant", play.token(&client, &marked)?).await?;
    let password = [("grant_type", "password"), ("username", "authspec"), ("password", "authspec")];
    play.ask_for_tokens("password", play.token(&client, &password)?).await?;
    let stranger = Client { id: "authspec-no-such-client".to_owned(), secret: None };
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", "authspec-no-such-token")];
    play.ask_for_tokens("unknown-client", play.token(&stranger, &refresh)?).await?;
    let get = Ask::new("GET", play.terms.at(&play.oauth()?.token).url);
    play.ask_for_tokens("get", get.query(&refresh).query(&[("client_id", &client.id)])).await?;
    Ok(())
}
