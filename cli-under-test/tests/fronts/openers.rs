//! Every front that opens a browser finds it in the same way: `BROWSER`, else `xdg-open` on PATH.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rstest::rstest;

use crate::authority::Authority;
use crate::home::Home;

const PATIENCE: Duration = Duration::from_secs(20);

/// A program that writes down what it is given, and the secrets that it is told.
fn recorder(home: &Home, name: &str) -> PathBuf {
    let opened = home.path("opened");
    let script = format!(
        "#!/bin/sh\nset -f\necho \"$#|$1|$OMNI_API_TOKEN$AMIKA_API_KEY$ALMYTY_TOKEN$STANDARD_TOKEN\" > {0}.new\n/bin/mv {0}.new {0}\n",
        opened.display()
    );
    home.write(name, &script);
    home.chmod(name, 0o755);
    opened
}

/// What the opener was given, once it was: it outlives nobody, and may be late.
fn given(opened: &PathBuf) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Ok(given) = fs::read_to_string(opened) {
            return given;
        }
        assert!(Instant::now() < deadline, "nothing was opened");
        std::thread::yield_now();
    }
}

#[rstest]
#[case::omni("omni config login", "/oauth/authorize?")]
#[case::amika("amika auth login", "/device?")]
#[case::almyty("almyty login", "/cli-login?")]
#[case::standard("standard login", "/oauth/authorize?")]
#[tokio::test]
async fn the_browser_is_found(
    #[case] line: &str,
    #[case] page: &str,
    #[values("xdg-open", "elsewhere")] opener: &str,
) {
    let (home, authority) = (Home::new(), Authority::start().await);
    let device = |_: &mut crate::authority::State, _: &wiremock::Request| {
        wiremock::ResponseTemplate::new(200).set_body_json(serde_json::json!({
            "device_code": "d", "user_code": "u",
            "verification_uri": "https://as.test/device?c=u", "interval": 5,
        }))
    };
    authority.answer("POST", "/user_management/authorize/device", device).await;
    let opened = recorder(&home, &format!("bin/{opener}"));
    let (front, rest) = line.split_once(' ').expect("a command");
    let mut command = home.command(front);
    command.args(rest.split(' ')).env("PATH", home.path("bin"));
    if opener == "elsewhere" {
        command.env("BROWSER", home.path("bin/elsewhere"));
    }
    command.env("OMNI_CLI_DANGEROUSLY_ALLOW_INSECURE_REQUESTS", "1");
    for name in ["OMNI_BASE_URL", "AMIKA_API_URL", "ALMYTY_URL", "STANDARD_URL"] {
        command.env(name, authority.url());
    }
    for name in ["OMNI", "AMIKA", "ALMYTY", "STANDARD"] {
        command.env(format!("{name}_LOGIN_TIMEOUT"), "1");
    }
    let secrets = ["OMNI_API_TOKEN", "AMIKA_API_KEY", "ALMYTY_TOKEN", "STANDARD_TOKEN"];
    let own = secrets.iter().find(|name| name.to_lowercase().starts_with(front));
    command.env(own.expect("one of them"), "sesame");
    command.assert().code(1);
    let given = given(&opened);
    assert!(given.starts_with("1|http") && given.contains(page), "{given}");
    assert!(given.ends_with("|\n"), "{given}");
}
