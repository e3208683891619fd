//! Planned misbehaviour, seen from outside.

use std::time::{Duration, Instant};

use reqwest::Method;
use rstest::rstest;
use serde_json::json;

mod rig;
use rig::{Rig, header};

const ME: &str = "/api/v1/auth/me";
const LONG: Duration = Duration::from_mins(1);

#[tokio::test]
async fn a_reply_takes_the_requests_that_are_named() {
    let rig = Rig::start("oanim").await;
    rig.script(
        r#"
        [[faults]]
        on = "identity"
        requests = "2..3"
        reply = { status = 503, headers = { Retry-After = "7" }, body = { error = "{later}" } }
        "#,
    );

    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(rig.get(ME, None).await.0);
    }

    assert_eq!(statuses, [401, 503, 503, 401]);
    let second = &rig.platform.journal().snapshot()[1];
    assert_eq!(second.fault.as_deref(), Some("reply 503"));
    assert_eq!(second.reply_header("retry-after"), Some("7"));
    assert_eq!(second.reply_body, r#"{"error":"{later}"}"#);
}

#[tokio::test]
async fn a_fault_may_give_the_platforms_own_reply_on_any_path() {
    let rig = Rig::start("oanim").await;
    rig.script("faults = [{ on = '* /api/v1/*', answer = 'rate_limited' }]");

    let limited = (429, json!({ "error": "Too many requests" }));

    assert_eq!(rig.get("/api/v1/api-keys", None).await, limited);
    assert_eq!(rig.last().reply_header("retry-after"), Some("1"));
    assert_eq!(rig.get("/other", None).await, (404, json!({ "error": "Not found" })));
}

#[rstest]
#[case("", 302)]
#[case("redirect_status = 307", 307)]
#[case("redirect_status = 308", 308)]
#[tokio::test]
async fn a_redirect_leads_to_an_origin_that_answers(#[case] more: &str, #[case] status: u16) {
    let rig = Rig::start("oanim").await;
    let key = rig.platform.mint_key("key");
    rig.script(&format!("[[faults]]\non = 'identity'\nredirect = 'elsewhere'\n{more}"));

    let answer = rig.send(Method::GET, &format!("{ME}?a=b"), None, "").await.expect("an answer");

    assert_eq!(answer.status(), status);
    let location = header(&answer, "location");
    assert_eq!(location, format!("{}{ME}?a=b", rig.platform.elsewhere_url()));
    let followed = rig.client.get(location).bearer_auth(key.secret.expose()).send().await;
    assert_eq!(followed.expect("an answer").status(), 200);
    let last = rig.last();
    assert_eq!((last.origin.as_str(), last.fault), ("elsewhere", None));
}

#[tokio::test]
async fn a_dropped_connection_has_no_answer_and_the_next_has_one() {
    let rig = Rig::start("oanim").await;
    rig.script("faults = [{ on = 'key-create', requests = 1, drop = true }]");

    // A POST, since a client may repeat a GET by itself.
    let answer = rig.send(Method::POST, "/api/v1/api-keys", None, "").await;

    assert!(answer.is_err());
    assert_eq!((rig.last().status, rig.last().fault.as_deref()), (0, Some("drop")));
    assert_eq!(rig.ask(Method::POST, "/api/v1/api-keys", None, "").await.0, 401);
}

#[tokio::test]
async fn a_delay_comes_before_the_usual_answer() {
    let rig = Rig::start("oanim").await;
    rig.script("faults = [{ on = 'identity', delay_ms = 50 }]");
    let begun = Instant::now();

    assert_eq!(rig.get(ME, None).await.0, 401);

    assert!(begun.elapsed() >= Duration::from_millis(50));
    assert_eq!(rig.last().fault.as_deref(), Some("delay 50 ms"));
}

#[tokio::test]
async fn a_stall_is_in_the_journal_while_it_lasts_and_ends_with_the_platform() {
    let rig = Rig::start("oanim").await;
    rig.script("faults = [{ on = 'identity', stall = true }]");
    let request = rig.client.get(format!("{}{ME}", rig.platform.url())).send();
    let client = tokio::spawn(request);

    let reached = rig.platform.journal().wait_for(|seen| !seen.is_empty(), LONG).await;
    assert!(reached);
    assert_eq!((rig.last().status, rig.last().fault.as_deref()), (0, Some("stall")));
    assert!(!client.is_finished());

    drop(rig);
    assert!(client.await.expect("no panic").is_err());
}

#[tokio::test]
async fn a_client_that_gives_up_is_in_the_journal() {
    let rig = Rig::start("oanim").await;
    rig.script("faults = [{ on = 'identity', delay_ms = 3600000 }]");
    let request = rig.client.get(format!("{}{ME}", rig.platform.url())).send();
    let client = tokio::spawn(request);

    let reached = rig.platform.journal().wait_for(|seen| !seen.is_empty(), LONG).await;
    client.abort();

    assert!(reached && client.await.is_err());
    assert_eq!(rig.last().status, 401);
}
