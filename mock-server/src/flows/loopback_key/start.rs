//! The page that the tool opens. Showing it makes a login, and no key.

use std::sync::Arc;

use super::LoopbackKey;
use crate::endpoint::{Endpoint, Request};
use crate::operation::Operation;
use crate::pages::{SignInPage, Style};
use crate::reply::{Refusal, Reply};
use crate::state::SIGNED_IN;
use crate::world::World;

pub(super) struct Start(pub(super) Arc<LoopbackKey>);

impl Endpoint for Start {
    fn operation(&self) -> Operation {
        Operation::LoginStart
    }

    fn answer(&self, world: &World, request: &Request<'_>) -> Result<Reply, Refusal> {
        let Self(flow) = self;
        let port = match request.query_value(&flow.port_parameter).and_then(port) {
            Ok(port) => port,
            Err(complaint) => return Ok(flow.missing_port.plain().complaining(complaint)),
        };
        let now_ms = world.clock.now_ms();
        let mut state = world.state();
        let login = state.logins.begin(port, now_ms, flow.lifetime_ms);
        let page = SignInPage {
            style: Style,
            action: &flow.start_path,
            email: &state.email(SIGNED_IN),
            state: &login.state,
            token: login.form_token.expose(),
        };
        Ok(page.reply(&format!("{}{port}", flow.loopback)))
    }
}

/// Digits from 1 to 65535, and nothing else: no sign, no space.
fn port(text: String) -> Result<u16, &'static str> {
    Some(text)
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse().ok())
        .filter(|port| *port != 0)
        .ok_or("the port is not a number from 1 to 65535")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("1", Some(1))]
    #[case("65535", Some(65535))]
    #[case("0", None)]
    #[case("65536", None)]
    #[case("+80", None)]
    #[case(" 80", None)]
    #[case("80@evil.example", None)]
    #[case("", None)]
    fn a_port_is_digits(#[case] text: &str, #[case] expected: Option<u16>) {
        assert_eq!(port(text.to_owned()).ok(), expected);
    }
}
