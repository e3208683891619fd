//! Codes that are exchanged with a mistake each.

use crate::probe::need;
use crate::probe::part::Part;
use crate::probe::play::{Halt, Play, random};

/// Codes that are exchanged with a mistake each, and one without.
pub static CODE_MISTAKES: Part = Part {
    id: "code-mistakes",
    story: "codes are exchanged with another verifier, without one, with another redirect URI and by another client",
    needs: &[&need::AUTHORIZE, &need::TIRELESS],
    play: |play| Box::pin(mistakes(play)),
};

async fn mistakes(play: &mut Play<'_>) -> Result<(), Halt> {
    let client = play.terms.client();
    let scope = play.terms.scope();
    let code = play.code("good", &scope).await?;
    let reply = play.send("good", play.exchange(&code)?).await?;
    play.tokens("good", &reply)?;

    let mut mistaken = vec!["another-verifier", "no-verifier", "another-redirect"];
    mistaken.extend(play.terms.other_client().map(|_| "another-client"));
    for name in mistaken {
        let mut code = play.code(name, &scope).await?;
        let mut by = client.clone();
        match name {
            "another-verifier" => code.verifier = random(64),
            "no-verifier" => code.verifier.clear(),
            "another-redirect" => code.redirect_uri.push_str("/another"),
            _ => by = play.terms.other_client().unwrap_or(by),
        }
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code.text.as_str()),
            ("redirect_uri", code.redirect_uri.as_str()),
        ];
        if !code.verifier.is_empty() {
            fields.push(("code_verifier", &code.verifier));
        }
        play.ask_for_tokens(name, play.token(&by, &fields)?).await?;
    }
    Ok(())
}
