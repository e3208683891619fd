//! What the server says of itself.

use serde_json::json;

use crate::probe::need::{ANY_METADATA, REGISTER, WRITES};
use crate::probe::part::Part;
use crate::probe::play::{Halt, Play};

/// The documents, and an error of the authorization endpoint, which may name the issuer.
pub static METADATA: Part = Part {
    id: "metadata",
    story: "the metadata, the OpenID discovery and the public keys are read, and a mistaken authorization request is made",
    needs: &[&ANY_METADATA],
    play: |play| Box::pin(metadata(play)),
};

/// A client.
pub static REGISTRATION: Part = Part {
    id: "registration",
    story: "a client is registered",
    needs: &[&REGISTER, &WRITES],
    play: |play| Box::pin(registration(play)),
};

async fn metadata(play: &mut Play<'_>) -> Result<(), Halt> {
    let oauth = play.oauth()?;
    for (name, route) in [
        ("document", &oauth.metadata),
        ("openid", &oauth.openid_configuration),
        ("jwks", &oauth.jwks),
    ] {
        if let Some(route) = route {
            play.send(name, play.terms.at(route)).await?;
        }
    }
    if oauth.authorize.is_some() {
        let redirect_uri = play.terms.redirect_uri(super::authorize::PORT);
        let ask = play.authorize(&[
            ("response_type", "token"),
            ("redirect_uri", &redirect_uri),
            ("state", "authspec-issuer"),
        ])?;
        play.send("error", ask).await?;
    }
    Ok(())
}

async fn registration(play: &mut Play<'_>) -> Result<(), Halt> {
    let Some(route) = &play.oauth()?.register else { return Ok(()) };
    let ask = play.terms.at(route).json(&json!({
        "client_name": "authspec probe",
        "redirect_uris": [play.terms.redirect_uri(super::authorize::PORT)],
        "token_endpoint_auth_method": "none",
    }));
    let reply = play.send("register", ask).await?;
    // RFC 7592: not every server lets a client be removed.
    let removal =
        reply.text("registration_client_uri").zip(reply.text("registration_access_token"));
    if reply.is_success() {
        let removal =
            removal.map(|(uri, token)| crate::probe::ask::Ask::new("DELETE", uri).bearer(&token));
        play.made("the client `authspec probe`", removal);
    }
    Ok(())
}
