//! Device authorization, RFC 8628.

use crate::probe::ask::Ask;
use crate::probe::browser::Decision;
use crate::probe::need;
use crate::probe::part::Part;
use crate::probe::play::{Halt, Play, stuck};
use crate::probe::recording::Reply;
use crate::probe::terms::Client;

/// Codes that nobody approves.
pub static DEVICE: Part = Part {
    id: "device",
    story: "device codes are asked for, polled twice at once, and approved by nobody",
    needs: &[&need::DEVICE],
    play: |play| Box::pin(device(play)),
};

/// A code that is approved.
pub static DEVICE_APPROVED: Part = Part {
    id: "device-approved",
    story: "somebody approves a device code, and it is polled twice",
    needs: &[&need::DEVICE, &need::SIGN_IN],
    play: |play| Box::pin(approved(play)),
};

/// A code that is refused.
pub static DEVICE_DENIED: Part = Part {
    id: "device-denied",
    story: "somebody refuses a device code, and it is polled",
    needs: &[&need::DEVICE, &need::TIRELESS],
    play: |play| Box::pin(denied(play)),
};

/// A code whose page is looked at.
pub static DEVICE_LOOKED_AT: Part = Part {
    id: "device-looked-at",
    story: "the page of a device code is opened, nothing is pressed there, and it is polled",
    needs: &[&need::DEVICE, &need::TIRELESS],
    play: |play| Box::pin(looked_at(play)),
};

/// A code that another client polls.
pub static DEVICE_BOUND: Part = Part {
    id: "device-bound",
    story: "somebody approves a device code, and another client polls it",
    needs: &[&need::DEVICE, &need::TIRELESS, &need::OTHER_CLIENT],
    play: |play| Box::pin(bound(play)),
};

/// RFC 8628 section 3.4.
const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// How many codes are compared.
const SAMPLES: usize = 3;

impl Play<'_> {
    async fn device_code(&mut self, name: &str, more: &[(&str, &str)]) -> Result<Reply, Halt> {
        let Some(device) = &self.oauth()?.device else { return stuck("there is no device grant") };
        let scope = self.terms.scope();
        let mut fields = more.to_vec();
        if !scope.is_empty() {
            fields.push(("scope", &scope));
        }
        let ask = self.terms.client().asks(self.terms.at(&device.authorization), &fields);
        self.send(name, ask).await
    }

    fn poll(&self, client: &Client, code: &str) -> Result<Ask, Halt> {
        self.token(client, &[("grant_type", GRANT), ("device_code", code)])
    }

    /// The page of a code: with the code in it, where there is such.
    fn device_page(&self, reply: &Reply) -> Result<String, Halt> {
        match reply.text("verification_uri_complete") {
            Some(page) => Ok(page),
            None => self.text(reply, "verification_uri"),
        }
    }
}

async fn device(play: &mut Play<'_>) -> Result<(), Halt> {
    let client = play.terms.client();
    let reply = play.device_code("request", &[]).await?;
    for number in 1..=SAMPLES {
        let name = format!("sample#{number}");
        play.device_code(&name, &[("authspec", "sample")]).await?;
    }
    play.ask_for_tokens("unknown-code", play.poll(&client, "authspec-no-such-code")?).await?;
    let code = play.text(&reply, "device_code")?;
    play.ask_for_tokens("poll", play.poll(&client, &code)?).await?;
    play.ask_for_tokens("hasty-poll", play.poll(&client, &code)?).await?;
    Ok(())
}

async fn approved(play: &mut Play<'_>) -> Result<(), Halt> {
    let client = play.terms.client();
    let reply = play.device_code("request", &[]).await?;
    let code = play.text(&reply, "device_code")?;
    let page = play.device_page(&reply)?;
    play.decide("page", &page, Decision::Approve).await?;
    let reply = play.send("poll", play.poll(&client, &code)?).await?;
    play.tokens("poll", &reply)?;
    play.ask_for_tokens("poll-again", play.poll(&client, &code)?).await?;
    Ok(())
}

async fn denied(play: &mut Play<'_>) -> Result<(), Halt> {
    let reply = play.device_code("request", &[]).await?;
    let code = play.text(&reply, "device_code")?;
    let page = play.device_page(&reply)?;
    play.decide("page", &page, Decision::Deny).await?;
    play.ask_for_tokens("poll", play.poll(&play.terms.client(), &code)?).await?;
    Ok(())
}

async fn looked_at(play: &mut Play<'_>) -> Result<(), Halt> {
    let reply = play.device_code("request", &[]).await?;
    let code = play.text(&reply, "device_code")?;
    let page = play.device_page(&reply)?;
    play.look("page", &page).await?;
    play.ask_for_tokens("poll", play.poll(&play.terms.client(), &code)?).await?;
    Ok(())
}

async fn bound(play: &mut Play<'_>) -> Result<(), Halt> {
    let Some(other) = play.terms.other_client() else { return stuck("there is no other client") };
    let reply = play.device_code("request", &[]).await?;
    let code = play.text(&reply, "device_code")?;
    let page = play.device_page(&reply)?;
    play.decide("page", &page, Decision::Approve).await?;
    play.ask_for_tokens("another-client", play.poll(&other, &code)?).await?;
    play.ask_for_tokens("poll", play.poll(&play.terms.client(), &code)?).await?;
    Ok(())
}
