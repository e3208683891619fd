//! Logins that hand a key to a loopback port.

use mock_server::profile::LoopbackKeyProfile;

use crate::probe::ask::Ask;
use crate::probe::browser::Decision;
use crate::probe::need;
use crate::probe::part::Part;
use crate::probe::play::{Halt, Play};
use crate::probe::recording::parameter;

/// Pages that nobody signs in on.
pub static LOOPBACK_PAGE: Part = Part {
    id: "loopback-page",
    story: "the login page is opened with a port, without one, and with what is none",
    needs: &[&need::LOOPBACK_KEY],
    play: |play| Box::pin(page(play)),
};

/// A login.
pub static LOOPBACK_KEY: Part = Part {
    id: "loopback-key",
    story: "somebody signs in, the key comes to the port, and the end of the login is asked for again",
    needs: &[&need::LOOPBACK_KEY, &need::SIGN_IN, &need::WRITES],
    play: |play| Box::pin(login(play)),
};

/// What is no port.
const NO_PORTS: [&str; 7] = ["80@evil.example", "0", "65536", "1/x", "-1", "", "1e3"];

/// The port of the second page, which nobody signs in on.
const AGAIN: &str = "49151";

impl<'p> Play<'p> {
    fn loopback(&self) -> Result<&'p LoopbackKeyProfile, Halt> {
        let loopback = self.terms.platform().loopback_key.as_ref();
        loopback.ok_or_else(|| Halt::Stuck("the profile has no such login".to_owned()))
    }
}

async fn page(play: &mut Play<'_>) -> Result<(), Halt> {
    let loopback = play.loopback()?;
    let start = || play.terms.at(&loopback.start);
    let name = loopback.port_parameter.as_str();
    let mut asks = vec![
        ("good".to_owned(), start().query(&[(name, "49150")])),
        ("without-port".to_owned(), start()),
        ("no-port/two ports".to_owned(), start().query(&[(name, "49150"), (name, "49149")])),
    ];
    for port in NO_PORTS {
        asks.push((format!("no-port/{port}"), start().query(&[(name, port)])));
    }
    for (name, ask) in asks {
        play.send(&name, ask).await?;
    }
    Ok(())
}

async fn login(play: &mut Play<'_>) -> Result<(), Halt> {
    let loopback = play.loopback()?;
    let name = loopback.port_parameter.as_str();
    let listener = play.listen().await?;
    let start = play.terms.at(&loopback.start).query(&[(name, &listener.port().to_string())]);
    let back = play.come_back("sign-in", &start.url, Decision::Approve, &listener).await?;
    play.keep("callback", back.as_str());
    play.keep("port", &listener.port().to_string());
    let parameter_name = parameter_of_key(&loopback.redirect);
    if let Some(key) = parameter(back.as_str(), &parameter_name) {
        play.keep_hidden("key", &key);
        play.adopt_key(&key).await;
    }
    let ends = play.finish_of("sign-in", &loopback.finish.path);
    if let Some(end) = ends {
        let again = play.send("finish-again", Ask::new("GET", end)).await?;
        if let Some(key) = again.parameter(&parameter_name) {
            play.adopt_key(&key).await;
        }
    }
    let again = play.terms.at(&loopback.start).query(&[(name, AGAIN)]);
    let reply = play.look("again", &again.url).await?;
    if let Some(key) = reply.parameter(&parameter_name) {
        play.adopt_key(&key).await;
    }
    Ok(())
}

/// The query parameter of a profile's redirect that holds the key.
pub(crate) fn parameter_of_key(redirect: &str) -> String {
    let query = redirect.split_once('?').map_or("", |(_, query)| query);
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let found = pairs.find(|(_, value)| value.contains("{key.secret}"));
    found.map(|(name, _)| name.to_owned()).unwrap_or_default()
}

impl Play<'_> {
    /// The URL by which a login that was played as `label` ended, if the browser was the robot.
    fn finish_of(&self, label: &str, path: &str) -> Option<String> {
        let prefix = format!("{label}/");
        let urls = self.urls_of(&prefix);
        urls.into_iter()
            .find(|url| url::Url::parse(url).is_ok_and(|url| url.path().ends_with(path)))
    }
}
