//! Logins that hand over a code, to be exchanged for a key.

use mock_server::profile::CodeLoginProfile;
use serde_json::json;

use crate::probe::ask::Ask;
use crate::probe::browser::Decision;
use crate::probe::need;
use crate::probe::part::Part;
use crate::probe::play::{Halt, Play, random, stuck};
use crate::probe::recording::parameter;

/// Pages that nobody signs in on, and codes that nobody has.
pub static CODE_LOGIN_PAGE: Part = Part {
    id: "code-login-page",
    story: "the login page is opened with a callback and with what is none; mistaken exchanges are made",
    needs: &[&need::CODE_LOGIN],
    play: |play| Box::pin(page(play)),
};

/// A login.
pub static CODE_LOGIN: Part = Part {
    id: "code-login",
    story: "somebody signs in, the code is exchanged for a key, the key is shown, and the code is exchanged again",
    needs: &[&need::CODE_LOGIN, &need::SIGN_IN, &need::WRITES],
    play: |play| Box::pin(login(play)),
};

/// A code that is exchanged many times at once.
pub static CODE_LOGIN_RACE: Part = Part {
    id: "code-login-race",
    story: "somebody signs in, and the code is exchanged for a key many times at once",
    needs: &[&need::CODE_LOGIN, &need::TIRELESS, &need::RACE, &need::WRITES],
    play: |play| Box::pin(race(play)),
};

/// Callbacks that are not on the user's own machine.
const NO_CALLBACKS: [&str; 5] = [
    "https://evil.example/callback",
    "http://127.0.0.1.evil.example/callback",
    "http://127.0.0.1@evil.example/callback",
    "javascript:alert(1)",
    "",
];

impl<'p> Play<'p> {
    fn code_login(&self) -> Result<&'p CodeLoginProfile, Halt> {
        let login = self.terms.platform().code_login.as_ref();
        login.ok_or_else(|| Halt::Stuck("the profile has no such login".to_owned()))
    }

    fn start_page(&self, callback: &str, state: &str) -> Result<Ask, Halt> {
        let login = self.code_login()?;
        let (callback_name, state_name) = (&*login.callback_parameter, &*login.state_parameter);
        let start = self.terms.at(&login.start);
        Ok(start.query(&[(callback_name, callback), (state_name, state)]))
    }

    fn exchange_for_key(&self, code: &str) -> Result<Ask, Halt> {
        let login = self.code_login()?;
        Ok(self.terms.at(&login.exchange).json(&json!({ &login.code_member: code })))
    }

    async fn login_code(&mut self) -> Result<String, Halt> {
        let listener = self.listen().await?;
        let callback = format!("http://127.0.0.1:{}/callback", listener.port());
        let state = random(64);
        self.keep_hidden("state", &state);
        let start = self.start_page(&callback, &state)?;
        let back = self.come_back("sign-in", &start.url, Decision::Approve, &listener).await?;
        self.keep("callback", back.as_str());
        match parameter(back.as_str(), "code") {
            Some(code) => {
                self.redaction.hide("code", &code);
                Ok(code)
            }
            None => stuck("the browser came back without a code"),
        }
    }
}

async fn page(play: &mut Play<'_>) -> Result<(), Halt> {
    let login = play.code_login()?;
    play.send("good", play.start_page("http://127.0.0.1:49151/callback", "authspec")?).await?;
    for callback in NO_CALLBACKS {
        let ask = play.start_page(callback, "authspec")?;
        play.send(&format!("callback/{callback}"), ask).await?;
    }
    let reply = play.send("unknown-code", play.exchange_for_key("authspec-no-such-code")?).await?;
    play.key_was_made("unknown-code", &reply).await;
    let get = Ask::new("GET", play.terms.at(&login.exchange).url);
    let get = get.query(&[(&login.code_member, "authspec-no-such-code")]);
    let reply = play.send("get", get).await?;
    play.key_was_made("get", &reply).await;
    Ok(())
}

async fn login(play: &mut Play<'_>) -> Result<(), Halt> {
    let code = play.login_code().await?;
    let reply = play.send("exchange", play.exchange_for_key(&code)?).await?;
    let Some(key) = play.key_in(&reply) else {
        return stuck(format!("the exchange gave no key, but {}", reply.describe()));
    };
    play.key_was_made("exchange", &reply).await;
    if play.terms.protected().is_some() {
        // So that a server which notes a use late has noted it: what races has a part of its own.
        play.show("use", &key).await?;
    }
    let again = play.send("exchange-again", play.exchange_for_key(&code)?).await?;
    play.key_was_made("exchange-again", &again).await;
    Ok(())
}

async fn race(play: &mut Play<'_>) -> Result<(), Halt> {
    let code = play.login_code().await?;
    for reply in play.race("exchange", play.exchange_for_key(&code)?).await? {
        play.key_was_made("exchange", &reply).await;
    }
    Ok(())
}
