//! Logins for a key that are approved on another device.

use mock_server::profile::HeadlessLoginProfile;
use serde_json::json;

use crate::probe::ask::Ask;
use crate::probe::browser::Decision;
use crate::probe::need;
use crate::probe::part::Part;
use crate::probe::play::{Halt, Play, stuck};
use crate::probe::recording::Reply;

/// A login that nobody approves.
pub static HEADLESS: Part = Part {
    id: "headless",
    story: "a login is begun and polled, and approved by nobody; a secret that nobody has is polled",
    needs: &[&need::HEADLESS],
    play: |play| Box::pin(headless(play)),
};

/// A login that is approved.
pub static HEADLESS_APPROVED: Part = Part {
    id: "headless-approved",
    story: "somebody approves a login, and it is polled twice",
    needs: &[&need::HEADLESS, &need::SIGN_IN, &need::WRITES],
    play: |play| Box::pin(approved(play)),
};

/// A login that is refused.
pub static HEADLESS_DENIED: Part = Part {
    id: "headless-denied",
    story: "somebody refuses a login, and it is polled",
    needs: &[&need::HEADLESS, &need::TIRELESS],
    play: |play| Box::pin(denied(play)),
};

/// A login that has begun: the code for the person, and the secret for the poll.
struct Begun {
    code: String,
    secret: String,
}

impl<'p> Play<'p> {
    fn headless(&self) -> Result<&'p HeadlessLoginProfile, Halt> {
        let headless = self.terms.platform().headless_login.as_ref();
        headless.ok_or_else(|| Halt::Stuck("the profile has no such login".to_owned()))
    }

    async fn begin_headless(&mut self) -> Result<Begun, Halt> {
        let headless = self.headless()?;
        let reply = self.send("request", self.terms.at(&headless.request)).await?;
        let shape = headless.requested.body.as_ref();
        let member = |slot: &str| {
            let members = shape.and_then(|shape| shape.as_object()).into_iter().flatten();
            let mut named = members.filter(|(_, value)| value.as_str() == Some(slot));
            named.next().map(|(name, _)| name.clone()).unwrap_or_default()
        };
        Ok(Begun {
            code: self.text(&reply, &member("{login.code}"))?,
            secret: self.text(&reply, &member("{login.secret}"))?,
        })
    }

    async fn decide_headless(&mut self, begun: &Begun, decision: Decision) -> Result<(), Halt> {
        let headless = self.headless()?;
        let page = self.terms.at(&headless.page);
        let page = page.query(&[(&headless.code_parameter, &begun.code)]);
        self.decide("page", &page.url, decision).await
    }

    async fn poll_headless(&mut self, name: &str, secret: &str) -> Result<Reply, Halt> {
        let headless = self.headless()?;
        let poll: Ask = self.terms.at(&headless.poll);
        self.send(name, poll.json(&json!({ &headless.secret_member: secret }))).await
    }
}

async fn headless(play: &mut Play<'_>) -> Result<(), Halt> {
    let begun = play.begin_headless().await?;
    for (name, secret) in [("poll", &*begun.secret), ("unknown", "authspec-no-such-secret")] {
        let reply = play.poll_headless(name, secret).await?;
        play.key_was_made(name, &reply).await;
    }
    Ok(())
}

async fn approved(play: &mut Play<'_>) -> Result<(), Halt> {
    let begun = play.begin_headless().await?;
    play.decide_headless(&begun, Decision::Approve).await?;
    let reply = play.poll_headless("poll", &begun.secret).await?;
    if play.key_in(&reply).is_none() {
        return stuck(format!("the poll gave no key, but {}", reply.describe()));
    }
    play.key_was_made("poll", &reply).await;
    let reply = play.poll_headless("poll-again", &begun.secret).await?;
    play.key_was_made("poll-again", &reply).await;
    Ok(())
}

async fn denied(play: &mut Play<'_>) -> Result<(), Halt> {
    let begun = play.begin_headless().await?;
    play.decide_headless(&begun, Decision::Deny).await?;
    let reply = play.poll_headless("poll", &begun.secret).await?;
    play.key_was_made("poll", &reply).await;
    Ok(())
}
