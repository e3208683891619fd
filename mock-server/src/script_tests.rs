use rstest::rstest;

use super::*;

fn fault(lines: &str) -> Result<Fault, ScriptError> {
    Script::from_toml(&format!("[[faults]]\n{lines}")).map(|mut script| script.faults.remove(0))
}

#[rstest]
#[case(r#"reply = { status = 500, body = { error = "{oops}" } }"#, "reply 500")]
#[case(r#"reply = { status = 200, text = "{" }"#, "reply 200")]
#[case(r#"answer = "rate_limited""#, "answer rate_limited")]
#[case(r#"redirect = "elsewhere""#, "redirect elsewhere 302")]
#[case("redirect = 'elsewhere'\nredirect_status = 307", "redirect elsewhere 307")]
#[case("drop = true", "drop")]
#[case("delay_ms = 200", "delay 200 ms")]
#[case("stall = true", "stall")]
fn acts_are_read_and_survive_json(#[case] act: &str, #[case] label: &str) {
    let read = fault(&format!("on = 'identity'\n{act}")).expect("a good fault");
    assert_eq!(&*read.label, label);

    let json = serde_json::to_string(&read).expect("serializes");
    let back: Fault = serde_json::from_str(&json).expect("deserializes");
    assert_eq!(&*back.label, label);
}

#[rstest]
#[case::no_act("on = 'identity'", "needs one of")]
#[case::two_acts("on = 'identity'\nstall = true\ndrop = true", "only one of")]
#[case::no_operation("on = 'identify'\nstall = true", "is no operation")]
#[case::no_path("on = 'GET identity'\nstall = true", "is not a path")]
#[case::switched_off("on = 'identity'\nstall = false", "not false")]
#[case::status("on = 'identity'\nreply = { status = 100 }", "reply.status")]
#[case::redirect_status(
    "on = 'identity'\nredirect = 'elsewhere'\nredirect_status = 200",
    "302, 307"
)]
#[case::lone_redirect_status(
    "on = 'identity'\ndrop = true\nredirect_status = 302",
    "needs `redirect`"
)]
#[case::unknown_member("on = 'identity'\ndelay = 3", "unknown field")]
fn a_wrong_fault_says_why(#[case] lines: &str, #[case] why: &str) {
    let error = fault(lines).expect_err("refused").to_string();

    assert!(error.contains(why), "{error}");
}

#[rstest]
#[case("identity", true)]
#[case("key-list", false)]
#[case("GET /api/v1/me", true)]
#[case("GET /api/*", true)]
#[case("* *", true)]
#[case("* */me", true)]
#[case("POST /api/*", false)]
#[case("GET /api", false)]
fn requests_are_matched(#[case] on: &str, #[case] expected: bool) {
    let fault = fault(&format!("on = '{on}'\ndrop = true")).expect("a good fault");

    let matched = fault.is_about(Some(Operation::Identity), &Method::GET, "/api/v1/me");

    assert_eq!(matched, expected);
}
