//! Requests to the authorization endpoint that nobody signs in for.

use crate::probe::need;
use crate::probe::part::Part;
use crate::probe::play::{Halt, Play, challenge};

/// The ports of callbacks that nobody comes back to.
pub(super) const PORT: u16 = 49_151;
const OTHER_PORT: u16 = 49_150;

/// A challenge of nobody's verifier.
const VERIFIER: &str = "authspec-probe-authspec-probe-authspec-probe-0";

/// Good requests and mistaken ones.
pub static AUTHORIZE: Part = Part {
    id: "authorize",
    story: "authorization requests are made, good and mistaken ones, and nobody signs in",
    needs: &[&need::AUTHORIZE],
    play: |play| Box::pin(authorize(play)),
};

async fn authorize(play: &mut Play<'_>) -> Result<(), Halt> {
    let good = play.terms.redirect_uri(PORT);
    let challenge = challenge(VERIFIER);
    let scope = play.terms.scope();
    let with = |redirect_uri: &str, more: &[(&str, &str)]| {
        let ask = play.authorize(&[("redirect_uri", redirect_uri)])?.query(more);
        Ok::<_, Halt>(ask.scoped(&scope))
    };
    let pkce = [("code_challenge", challenge.as_str()), ("code_challenge_method", "S256")];
    let code = ("response_type", "code");
    let full = |state: &'static str| [code, ("state", state), pkce[0], pkce[1]];
    let mut asks = vec![
        ("good".to_owned(), with(&good, &full("authspec-good"))?),
        (
            "other-port".to_owned(),
            with(&play.terms.redirect_uri(OTHER_PORT), &full("authspec-other-port"))?,
        ),
        ("unknown-parameter".to_owned(), {
            with(&good, &full("authspec-unknown-parameter"))?.query(&[("authspec", "1")])
        }),
        ("no-challenge".to_owned(), with(&good, &[code, ("state", "authspec-no-challenge")])?),
        ("plain".to_owned(), {
            let plain = [("code_challenge", VERIFIER), ("code_challenge_method", "plain")];
            with(&good, &[code, ("state", "authspec-plain"), plain[0], plain[1]])?
        }),
        ("unknown-method".to_owned(), {
            let unknown = ("code_challenge_method", "S512");
            with(&good, &[code, ("state", "authspec-unknown-method"), pkce[0], unknown])?
        }),
        ("repeated".to_owned(), {
            with(&good, &full("authspec-repeated"))?.query(&[("code_challenge_method", "S256")])
        }),
        ("no-type".to_owned(), {
            with(&good, &[("state", "authspec-no-type"), pkce[0], pkce[1]])?
        }),
        ("unknown-type".to_owned(), {
            let unknown = ("response_type", "authspec");
            with(&good, &[unknown, ("state", STATE), pkce[0], pkce[1]])?
        }),
    ];
    for (name, uri) in mistaken_redirects(&good) {
        asks.push((format!("redirect/{name}"), with(&uri, &full("authspec-redirect"))?));
    }
    let stranger = play.authorize_as("authspec-no-such-client", &[("redirect_uri", &good)])?;
    let stranger = stranger.query(&full("authspec-stranger")).scoped(&scope);
    asks.push(("unknown-client".to_owned(), stranger));
    play.keep("error-state", STATE);
    for (name, ask) in asks {
        play.send(&name, ask).await?;
    }
    if let Some(route) = &play.oauth()?.metadata {
        play.send("document", play.terms.at(route)).await?;
    }
    page(play).await
}

/// A `state` that must come back as it is.
const STATE: &str = "authspec+%2B%20 &=/~";

/// The redirect URIs that are none of the client's, though much like them.
fn mistaken_redirects(good: &str) -> Vec<(&'static str, String)> {
    let foreign = |host: &str| {
        let path = good.splitn(4, '/').nth(3).unwrap_or_default();
        format!("http://{host}/{path}")
    };
    vec![
        ("another host", "https://evil.example/callback".to_owned()),
        ("a longer path", format!("{good}/extra")),
        ("dots", format!("{good}/../extra")),
        ("a longer host", foreign("127.0.0.1.evil.example")),
        ("a user", foreign("127.0.0.1@evil.example")),
        ("another scheme", good.replacen("http://", "https://", 1)),
    ]
}

/// The page that a good request leads to, on whatever way.
async fn page(play: &mut Play<'_>) -> Result<(), Halt> {
    let redirect_uri = play.terms.redirect_uri(PORT);
    let ask = play.authorize(&[
        ("redirect_uri", &redirect_uri),
        ("response_type", "code"),
        ("state", "authspec-page"),
        ("code_challenge", &challenge(VERIFIER)),
        ("code_challenge_method", "S256"),
    ])?;
    play.look("page", &ask.scoped(&play.terms.scope()).url).await.map(|_| ())
}
