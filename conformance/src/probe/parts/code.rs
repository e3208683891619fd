//! Sign-ins by authorization code: one as it should be, one that races, one that is refused, and
//! one that comes again.

use crate::probe::browser::Decision;
use crate::probe::need;
use crate::probe::part::Part;
use crate::probe::play::{Halt, Play, challenge, random};

/// A sign-in as it should be, whose code comes twice.
pub static CODE: Part = Part {
    id: "code",
    story: "somebody signs in, the code is exchanged, used, and exchanged again",
    needs: &[&need::AUTHORIZE, &need::SIGN_IN],
    play: |play| Box::pin(code(play)),
};

/// A code that is exchanged many times at once.
pub static CODE_RACE: Part = Part {
    id: "code-race",
    story: "somebody signs in, and the code is exchanged many times at once",
    needs: &[&need::AUTHORIZE, &need::TIRELESS, &need::RACE],
    play: |play| Box::pin(race(play)),
};

/// A sign-in that is refused.
pub static DENIED: Part = Part {
    id: "denied",
    story: "somebody refuses on the page",
    needs: &[&need::AUTHORIZE, &need::TIRELESS],
    play: |play| Box::pin(denied(play)),
};

/// A browser that is signed in already.
pub static AGAIN: Part = Part {
    id: "again",
    story: "somebody signs in, and the same browser opens the authorization page again",
    needs: &[&need::AUTHORIZE, &need::ROBOT],
    play: |play| Box::pin(again(play)),
};

async fn code(play: &mut Play<'_>) -> Result<(), Halt> {
    if let Some(route) = &play.oauth()?.metadata {
        play.send("document", play.terms.at(route)).await?;
    }
    let code = play.code("sign-in", &play.terms.scope()).await?;
    let reply = play.send("exchange", play.exchange(&code)?).await?;
    let tokens = play.tokens("exchange", &reply)?;
    if play.terms.protected().is_some() {
        play.show("use", &tokens.access).await?;
    }
    play.ask_for_tokens("replay", play.exchange(&code)?).await?;
    if play.terms.protected().is_some() {
        play.show("use-after-replay", &tokens.access).await?;
    }
    Ok(())
}

async fn race(play: &mut Play<'_>) -> Result<(), Halt> {
    let code = play.code("sign-in", &play.terms.scope()).await?;
    let replies = play.race("exchange", play.exchange(&code)?).await?;
    for reply in &replies {
        play.revoke_if_given(reply);
    }
    Ok(())
}

async fn denied(play: &mut Play<'_>) -> Result<(), Halt> {
    let scope = play.terms.scope();
    play.authorized("refusal", &scope, Decision::Deny).await?;
    Ok(())
}

async fn again(play: &mut Play<'_>) -> Result<(), Halt> {
    let code = play.code("sign-in", &play.terms.scope()).await?;
    let reply = play.send("exchange", play.exchange(&code)?).await?;
    play.tokens("exchange", &reply)?;
    let redirect_uri = play.terms.redirect_uri(super::authorize::PORT);
    let page = play.authorize(&[
        ("response_type", "code"),
        ("redirect_uri", &redirect_uri),
        ("state", "authspec-again"),
        ("code_challenge", &challenge(&random(64))),
        ("code_challenge_method", "S256"),
    ])?;
    play.look("again", &page.scoped(&play.terms.scope()).url).await?;
    Ok(())
}
