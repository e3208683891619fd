//! Refresh tokens: used, used again, used by somebody else, and used many times at once.

use crate::probe::need;
use crate::probe::part::Part;
use crate::probe::play::{Halt, Play, stuck};

/// A refresh token that is used, and then used again.
pub static REFRESH: Part = Part {
    id: "refresh",
    story: "a refresh token is used, and the new one; its access token is shown, and the used one comes again, and the newest",
    needs: &[&need::AUTHORIZE, &need::REFRESH, &need::SIGN_IN],
    play: |play| Box::pin(refresh(play)),
};

/// A refresh token that is asked for more than it allows, and by another client.
pub static REFRESH_BOUND: Part = Part {
    id: "refresh-bound",
    story: "somebody allows less than there is, and a refresh asks for more; another client uses a token that is good",
    needs: &[&need::AUTHORIZE, &need::REFRESH, &need::TIRELESS],
    play: |play| Box::pin(bound(play)),
};

/// A refresh token that is used many times at once.
pub static REFRESH_RACE: Part = Part {
    id: "refresh-race",
    story: "a refresh token is used many times at once",
    needs: &[&need::AUTHORIZE, &need::REFRESH, &need::TIRELESS, &need::RACE],
    play: |play| Box::pin(race(play)),
};

async fn refresh(play: &mut Play<'_>) -> Result<(), Halt> {
    let client = play.terms.client();
    let tokens = play.signed_in("sign-in", &play.terms.scope()).await?;
    let Some(first) = tokens.refresh else { return stuck("no refresh token was given") };
    play.keep_hidden("refresh-token-1", &first);
    let reply = play.send("refresh", play.refresh_with(&client, &first)?).await?;
    let renewed = play.tokens("refresh", &reply)?;
    let second = renewed.refresh.unwrap_or_else(|| first.clone());
    play.keep_hidden("refresh-token-2", &second);
    let reply = play.send("refresh-on", play.refresh_with(&client, &second)?).await?;
    let renewed = play.tokens("refresh-on", &reply)?;
    if play.terms.protected().is_some() {
        // So that a server which notes a use late has noted it: what races has a part of its own.
        play.show("use", &renewed.access).await?;
    }
    let third = renewed.refresh.unwrap_or_else(|| second.clone());
    play.keep_hidden("refresh-token-3", &third);
    play.ask_for_tokens("replay", play.refresh_with(&client, &second)?).await?;
    play.ask_for_tokens("after-replay", play.refresh_with(&client, &third)?).await?;
    Ok(())
}

async fn bound(play: &mut Play<'_>) -> Result<(), Halt> {
    let client = play.terms.client();
    let scope = play.terms.scope();
    // A word is left out, and asked for later.
    let more = play.terms.dispensable_scope();
    let less = more.map_or(scope.clone(), |more| play.terms.scope_without(more));
    let tokens = play.signed_in("sign-in", &less).await?;
    let Some(first) = tokens.refresh else { return stuck("no refresh token was given") };
    let reply = play.send("good", play.refresh_with(&client, &first)?).await?;
    let mut token = play.tokens("good", &reply)?.refresh.unwrap_or(first);
    if let Some(more) = more {
        let fields =
            [("grant_type", "refresh_token"), ("refresh_token", &token), ("scope", &scope)];
        play.keep("more", more);
        let ask = play.token(&client, &fields)?;
        let reply = play.ask_for_tokens("more-scope", ask).await?;
        token = reply.text("refresh_token").unwrap_or(token);
    }
    // A refusal of what is to come says nothing of a token that was no good before.
    let reply = play.send("still-good", play.refresh_with(&client, &token)?).await?;
    token = play.tokens("still-good", &reply)?.refresh.unwrap_or(token);
    if let Some(other) = play.terms.other_client() {
        play.ask_for_tokens("another-client", play.refresh_with(&other, &token)?).await?;
    }
    Ok(())
}

async fn race(play: &mut Play<'_>) -> Result<(), Halt> {
    let tokens = play.signed_in("sign-in", &play.terms.scope()).await?;
    let Some(token) = tokens.refresh else { return stuck("no refresh token was given") };
    let replies = play.race("refresh", play.refresh_with(&play.terms.client(), &token)?).await?;
    for reply in &replies {
        play.revoke_if_given(reply);
    }
    Ok(())
}
