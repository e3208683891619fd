//! Credentials where they are asked for: none, wrong ones, good ones, and ones of another kind.

use crate::probe::need;
use crate::probe::part::Part;
use crate::probe::play::{Halt, Play, stuck};

/// What is refused to everybody.
pub static REFUSALS: Part = Part {
    id: "refusals",
    story: "what takes a credential is asked with a good one, if one was lent, without one, and with unknown ones",
    needs: &[&need::PROTECTED],
    play: |play| Box::pin(refusals(play)),
};

/// A good credential, and what is nearly one.
pub static BEARER: Part = Part {
    id: "bearer",
    story: "a good credential is shown, in other spellings, in the wrong place, and with one character changed",
    needs: &[&need::PROTECTED, &need::CREDENTIAL],
    play: |play| Box::pin(bearer(play)),
};

/// A credential that was good once.
pub static EXPIRED: Part = Part {
    id: "expired",
    story: "a credential that was good once is shown, beside a good one, if one was lent",
    needs: &[&need::PROTECTED, &need::EXPIRED],
    play: |play| Box::pin(expired(play)),
};

/// A token that does not allow enough.
pub static SCOPE: Part = Part {
    id: "scope",
    story: "somebody signs in without the scope `openid`, and the token is shown at userinfo",
    needs: &[&need::USERINFO, &need::AUTHORIZE, &need::MORE_SCOPES, &need::SIGN_IN],
    play: |play| Box::pin(scope(play)),
};

/// Tokens of other kinds.
pub static TOKEN_KINDS: Part = Part {
    id: "token-kinds",
    story: "somebody signs in, and the refresh token is shown where an access token is asked for",
    needs: &[&need::TOKENS_TAKEN, &need::AUTHORIZE, &need::SIGN_IN],
    play: |play| Box::pin(kinds(play)),
};

/// A JWT that says that nobody signed it: `{"alg":"none","typ":"JWT"}`, and claims that never end.
const UNSIGNED: &str =
    "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJhdXRoc3BlYyIsImV4cCI6NDEwMjQ0NDgwMH0.";

async fn refusals(play: &mut Play<'_>) -> Result<(), Halt> {
    let Some(protected) = play.terms.protected() else { return Ok(()) };
    if let Some(credential) = play.terms.credential() {
        play.show("good", credential).await?;
    }
    play.send("missing", protected.clone()).await?;
    play.show("unknown", "authspec-no-such-credential").await?;
    play.send("empty", protected.clone().header("authorization", "Bearer ")).await?;
    let basic = "Basic YXV0aHNwZWM6YXV0aHNwZWM=";
    play.send("another-scheme", protected.header("authorization", basic)).await?;
    play.show("unsigned", UNSIGNED).await?;
    Ok(())
}

async fn bearer(play: &mut Play<'_>) -> Result<(), Halt> {
    let Some(protected) = play.terms.protected() else { return Ok(()) };
    let Some(credential) = play.terms.credential() else { return Ok(()) };
    play.show("good", credential).await?;
    for scheme in ["bearer", "BEARER"] {
        let spelt = format!("{scheme} {credential}");
        let ask = protected.clone().header("authorization", &spelt);
        play.send(&format!("scheme/{scheme}"), ask).await?;
    }
    let in_query = protected.query(&[("access_token", credential), ("authspec", "query")]);
    play.send("query", in_query).await?;
    let tampered = tampered(credential);
    play.redaction.hide("tampered credential", &tampered);
    play.show("tampered", &tampered).await?;
    Ok(())
}

/// The credential with a character near its end changed. Not the last: of base64, it may be padding
/// that nobody looks at.
fn tampered(credential: &str) -> String {
    let mut bytes = credential.as_bytes().to_vec();
    if let Some(byte) = bytes.iter_mut().rev().nth(4) {
        *byte = if *byte == b'A' { b'B' } else { b'A' };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn expired(play: &mut Play<'_>) -> Result<(), Halt> {
    if let Some(credential) = play.terms.credential() {
        play.show("good", credential).await?;
    }
    match &play.terms.grants.credentials.expired {
        Some(expired) => play.show("expired", expired).await.map(|_| ()),
        None => Ok(()),
    }
}

async fn scope(play: &mut Play<'_>) -> Result<(), Halt> {
    let Some(route) = &play.oauth()?.userinfo else { return Ok(()) };
    let all = play.terms.scope();
    let without = all.split(' ').filter(|word| !["openid", "offline_access"].contains(word));
    let less = without.collect::<Vec<_>>().join(" ");
    if less.is_empty() {
        return stuck("the profile has no scope but `openid`");
    }
    let tokens = play.signed_in("all", &all).await?;
    play.send("good", play.terms.at(route).bearer(&tokens.access)).await?;
    let tokens = play.signed_in("less", &less).await?;
    play.send("less-allowed", play.terms.at(route).bearer(&tokens.access)).await?;
    Ok(())
}

async fn kinds(play: &mut Play<'_>) -> Result<(), Halt> {
    let tokens = play.signed_in("sign-in", &play.terms.scope()).await?;
    play.show("access-token", &tokens.access).await?;
    if let Some(refresh) = &tokens.refresh {
        play.show("refresh-token", refresh).await?;
    }
    Ok(())
}
