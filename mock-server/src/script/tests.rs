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
#[case("body_delay_ms = 20", "body delay 20 ms")]
#[case("truncate = true", "truncate")]
#[case("barrier = { requests = 3, timeout_ms = 9 }", "barrier of 3")]
#[case("members = { expires_in = 0 }\nwithout = ['scope']", "members +expires_in -scope")]
#[case("pending = true", "pending")]
#[case("revoke_family = true", "revoke family")]
#[case("advance_clock_seconds = 60", "advance clock 60 s")]
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

fn matches(fault: &Fault, request: hyper::Request<&'static str>) -> bool {
    let (head, body) = request.into_parts();
    fault.is_about(&Seen { operation: Some(Operation::Identity), head: &head, body: &body.into() })
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
    let request = hyper::Request::get("/api/v1/me").body("");

    assert_eq!(matches(&fault, request.expect("a request")), expected);
}

#[rstest]
#[case::form("", "", "a=x&client_id=cli", true)]
#[case::query("client_id=cli", "", "", true)]
#[case::json("", "application/json", r#"{"client_id":"cli"}"#, true)]
#[case::other("client_id=other", "", "client_id=clip", false)]
#[case::none("", "application/json", "{", false)]
fn parameters_tell_clients_apart(
    #[case] query: &str,
    #[case] content_type: &str,
    #[case] body: &'static str,
    #[case] expected: bool,
) {
    let fault = fault("on = '* *'\nwith = { client_id = 'cli' }\ndrop = true");
    let request =
        hyper::Request::post(format!("/?{query}")).header("content-type", content_type).body(body);

    assert_eq!(matches(&fault.expect("a good fault"), request.expect("a request")), expected);
}

#[rstest]
#[case("node/22", true)]
#[case("curl", false)]
fn headers_tell_clients_apart(#[case] agent: &str, #[case] expected: bool) {
    let fault = fault("on = '* *'\nheaders = { User-Agent = 'node*' }\ndrop = true");
    let request = hyper::Request::get("/").header("user-agent", agent).body("");

    assert_eq!(matches(&fault.expect("a good fault"), request.expect("a request")), expected);
}
