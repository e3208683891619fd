//! What a probe does to a server, and what it never does.

mod rig;
mod tls_front;

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use authspec::probe::credentials::Credentials;
use authspec::probe::terms::Browser;
use authspec::probe::{Plan, ProbeError, run};
use authspec::profile::Service;
use authspec::report::{CheckResult, json};
use authspec::selection::Selection;
use authspec::verdict::Verdict;
use mock_server::{Operation, Platform, Script};
use rig::{Rig, ids_with, named, probe};
use tokio::sync::Notify;

/// How long is waited for what comes at once.
const DEADLINE: Duration = Duration::from_secs(20);

fn key_ids(platform: &Platform) -> BTreeSet<String> {
    platform.keys().into_iter().map(|key| key.id).collect()
}

#[rstest::rstest]
#[case("standard")]
#[case("oanim")]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_made_is_removed_again(#[case] profile: &str) {
    let rig = Rig::start(profile, None).await;
    let before = key_ids(&rig.platform);

    let probed = probe(&rig.plan()).await;

    assert_eq!(key_ids(&rig.platform), before);
    let made = rig.platform.journal().snapshot();
    let made = made.iter().filter(|exchange| exchange.operation.as_deref() == Some("key-create"));
    assert!(made.count() > 10, "the control: keys were made");
    // A client cannot be removed here, and the probe says so.
    let left: Vec<_> =
        probed.left_behind.iter().filter(|left| !left.contains("the client")).collect();
    assert!(left.is_empty(), "{left:?}");
}

/// A platform of this profile where every key is listed and can be revoked: what its logins give is
/// a key that only the list tells how to revoke.
async fn with_a_list(profile: &str, mutant: Option<&str>) -> Rig {
    let listing = Service::load("oanim").expect("a built-in profile").platform;
    let mut service = Service::load(profile).expect("a built-in profile");
    (service.platform.key_list, service.platform.key_revoke) =
        (listing.key_list, listing.key_revoke);
    Box::pin(Rig::of(&service, mutant.map(named).as_ref())).await
}

#[rstest::rstest]
#[case::to_a_port("oanim", None, "server-authorization-key-to-loopback")]
#[case::by_code("almyty", None, "server-token-key-once")]
#[case::elsewhere("almyty", None, "server-device-key-approved")]
#[case::to_one_of_many("almyty", Some("a-login-code-races"), "server-token-key-race")]
#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_cannot_be_found_is_told_and_the_others_are_removed(
    #[case] profile: &str,
    #[case] mutant: Option<&str>,
    #[case] check: &str,
) {
    let rig = with_a_list(profile, mutant).await;
    let script = "[[faults]]\non = 'key-list'\nrequests = 1\ndrop = true\n";
    rig.platform.script(Script::from_toml(script).expect("a script"));
    let before = key_ids(&rig.platform);
    let mut plan = rig.plan();
    plan.checks.retain(|one| one.id == check);

    let left = probe(&plan).await.left_behind;

    let asked = rig.platform.journal().snapshot();
    let asked = asked.iter().filter(|one| one.operation.as_deref() == Some("key-list")).count();
    assert!(asked > usize::from(mutant.is_some()), "the control: {asked} keys were given");
    assert_eq!(key_ids(&rig.platform).difference(&before).count(), 1, "{left:?}");
    assert_eq!(left, ["the API key of a login: no way to remove it is known"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_without_an_access_token_are_ended() {
    let rig = Rig::start("standard", Some(&named("codes-race"))).await;
    let script = r#"
        [[faults]]
        on = "token"
        with = { grant_type = "authorization_code" }
        without = ["access_token"]
    "#;
    rig.platform.script(Script::from_toml(script).expect("a script"));
    let mut plan = rig.plan();
    plan.checks.retain(|one| one.id == "server-token-code-race");

    probe(&plan).await;

    assert_sessions_are_ended(&rig.platform, 2).await;
}

#[rstest::rstest]
#[case::without_writes(false)]
#[case::with_writes(true)]
#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_ended(#[case] writes: bool) {
    let rig = Rig::start("standard", None).await;
    let mut plan = rig.plan();
    plan.terms.grants.writes = writes;

    probe(&plan).await;

    assert_sessions_are_ended(&rig.platform, 11).await;
}

/// Shows every access token that was issued, which are so many at least: none is good any more.
async fn assert_sessions_are_ended(platform: &Platform, least: usize) {
    let issued = platform.secrets();
    let issued: Vec<_> =
        issued.iter().filter(|secret| secret.name.starts_with("access token")).collect();
    assert!(issued.len() >= least, "the control: {} tokens were issued", issued.len());
    let http = reqwest::Client::new();
    let url = format!("{}/v1/whoami", platform.url());
    for token in issued {
        let reply = http.get(&url).bearer_auth(token.value.expose()).send().await;
        assert_eq!(reply.expect("an answer").status(), 401, "{} lives", token.name);
    }
}

#[rstest::rstest]
#[case::nobody_signs_in(None, 40..=usize::MAX)]
#[case::somebody_signs_in(Some(Browser::Robot), 0..=0)]
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_made_unless_it_is_allowed(
    #[case] browser: Option<Browser>,
    #[case] sign_ins: RangeInclusive<usize>,
) {
    let rig = Rig::start("standard", None).await;
    let mut plan = rig.plan();
    plan.terms.grants.writes = false;
    plan.terms.grants.browser = browser;
    let keys = key_ids(&rig.platform);

    let probed = probe(&plan).await;

    assert_eq!(key_ids(&rig.platform), keys);
    for exchange in rig.platform.journal().snapshot() {
        let made = [Operation::KeyCreate, Operation::ClientRegister, Operation::KeyRevoke];
        let operation = exchange.operation.as_deref();
        let makes = made.iter().any(|one| operation == Some(one.name()));
        assert!(!makes, "{operation:?} was asked for: {}", exchange.path);
    }
    let told = |flag: &str| {
        let unreached = |result: &&CheckResult| {
            result.verdict == Verdict::NotApplicable && result.observed.contains(flag)
        };
        probed.report.results.iter().filter(unreached).count()
    };
    let told = (told("--allow-writes"), told("--sign-in"));
    assert!(told.0 >= 16 && sign_ins.contains(&told.1), "{told:?}");
    assert!(ids_with(&probed.report, Verdict::Fail).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_probe_leaves_nothing() {
    let rig = Rig::start("standard", None).await;
    let before = key_ids(&rig.platform);
    let left = interrupted(&rig, &rig.plan(), ("key-create", 201), 3).await;
    let left: Vec<_> = left.iter().filter(|left| !left.contains("the client")).collect();
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(key_ids(&rig.platform), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_probe_that_is_interrupted_before_it_knows_a_key_by_its_id_leaves_nothing() {
    let rig = with_a_list("almyty", None).await;
    let before = key_ids(&rig.platform);
    let mut plan = rig.plan();
    // After the exchange the list waits for its turn, which is when it is interrupted.
    plan.terms.rate = NonZeroU32::MIN;
    plan.terms.grants.credentials = Credentials::default();
    plan.checks.retain(|one| one.id == "server-token-key-once");

    let left = interrupted(&rig, &plan, ("code-exchange", 200), 1).await;

    assert!(left.is_empty(), "{left:?}");
    assert_eq!(key_ids(&rig.platform), before);
}

/// Probes, and interrupts once this operation was answered so, so many times. What is left behind.
async fn interrupted(
    rig: &Rig,
    plan: &Plan,
    (operation, status): (&str, u16),
    times: usize,
) -> Vec<String> {
    let interrupted = Arc::new(Notify::new());
    let probing = run(plan, Arc::clone(&interrupted));
    let interrupting = async {
        let made = |exchanges: &[mock_server::Exchange]| {
            let is_made = |one: &&mock_server::Exchange| {
                one.operation.as_deref() == Some(operation) && one.status == status
            };
            exchanges.iter().filter(is_made).count() >= times
        };
        assert!(rig.platform.journal().wait_for(made, DEADLINE).await, "it comes to {operation}");
        interrupted.notify_one();
    };
    match Box::pin(async { tokio::join!(probing, interrupting) }).await {
        (Err(ProbeError::Interrupted { left_behind }), ()) => left_behind,
        (other, ()) => panic!("it was not interrupted: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_removed_is_told() {
    let rig = Rig::start("standard", None).await;
    let script = "[[faults]]\non = 'key-revoke'\nanswer = 'forbidden'\n";
    rig.platform.script(Script::from_toml(script).expect("a script"));
    let mut plan = rig.plan();
    let only = vec!["server-keys-format".to_owned()];
    plan.checks = Selection { only, ..Selection::default() }.select_server().expect("a check");

    let probed = probe(&plan).await;

    let told = probed.left_behind.iter().filter(|left| left.contains("an API key: 403")).count();
    assert!(told >= 5, "{:?}", probed.left_behind);
}

#[rstest::rstest]
#[case::clean(None)]
#[case::in_what_fails(Some("the-list-shows-keys"))]
#[case::in_a_callback(Some("the-callback-carries-a-key"))]
#[case::in_a_race(Some("refresh-tokens-stay"))]
#[case::in_a_transcript(Some("a-code-works-twice"))]
#[case::in_what_is_left(Some("any-callback-is-taken"))]
#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_reported(#[case] mutant: Option<&str>) {
    let mutant = mutant.map(named);
    let profile = mutant.as_ref().map_or("standard", |mutant| &mutant.profile);
    let rig = Rig::start(profile, mutant.as_ref()).await;

    let probed = probe(&rig.plan()).await;

    let mut told = json(&probed.report).expect("JSON");
    told.push_str(&probed.left_behind.join("\n"));
    let attention = probed.report.results.iter().any(CheckResult::wants_attention);
    assert_eq!(attention, mutant.is_some(), "the control");
    let secrets = rig.platform.secrets();
    assert!(secrets.len() > 10, "the control: {} secrets were handed out", secrets.len());
    for secret in secrets {
        assert!(!told.contains(secret.value.expose()), "{} is reported", secret.name);
    }
    for (name, secret) in rig.lent.each() {
        assert!(!told.contains(&secret), "the {name} that was lent is reported");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_second_has_more_requests_than_allowed() {
    const RATE: usize = 40;
    let rig = Rig::start("standard", None).await;
    let mut plan = rig.plan();
    plan.terms.rate = NonZeroU32::new(40).expect("not zero");
    let only = ["server-token-*".to_owned(), "server-authorization-*".to_owned()].to_vec();
    let selection = Selection { only, ..Selection::default() };
    plan.checks = selection.select_server().expect("checks");

    probe(&plan).await;

    let at: Vec<u64> = rig.platform.journal().snapshot().iter().map(|one| one.at_ms).collect();
    assert!(at.len() > 3 * RATE, "the control: {} requests", at.len());
    // The requests are counted when they go out, and dated when they come in: a slow machine moves
    // single ones, and makes the whole longer, never shorter.
    let seconds = u64::try_from(at.len() / RATE).expect("a number") - 2;
    let took = at[at.len() - 1] - at[0];
    assert!(took >= seconds * 1000 && took > 500, "{} requests in {took} ms", at.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn racers_are_there_at_once_and_one_of_them_wins() {
    let rig = Rig::start("standard", None).await;
    // All twenty are let in before the first is decided: none would come, were they not at once.
    let script = r#"
        [[faults]]
        on = "token"
        with = { grant_type = "authorization_code" }
        barrier = { requests = 20, timeout_ms = 20000 }
    "#;
    rig.platform.script(Script::from_toml(script).expect("a script"));
    let mut plan = rig.plan();
    let only = vec!["server-token-code-race".to_owned()];
    plan.checks = Selection { only, ..Selection::default() }.select_server().expect("a check");

    let report = probe(&plan).await.report;

    assert_eq!(ids_with(&report, Verdict::Pass), ["server-token-code-race"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_request_a_second_is_one_wherever_it_is_counted() {
    let rig = Rig::start("standard", None).await;
    let mut plan = rig.plan();
    plan.terms.rate = NonZeroU32::MIN;
    plan.terms.grants.credentials = Credentials::default();
    let only = ["server-revocation-unknown", "server-token-code-race"].map(str::to_owned).to_vec();
    plan.checks = Selection { only, ..Selection::default() }.select_server().expect("checks");

    let report = probe(&plan).await.report;

    let at: Vec<u64> = rig.platform.journal().snapshot().iter().map(|one| one.at_ms).collect();
    assert!(at.len() >= 4, "the control: {} requests", at.len());
    // The platform's clock shows whole milliseconds.
    assert!(at.windows(2).all(|pair| pair[1] - pair[0] >= 999), "{at:?}");
    assert_eq!(ids_with(&report, Verdict::NotApplicable), ["server-token-code-race"]);
}

#[rstest::rstest]
#[case::one_wins(None, Verdict::Inconclusive)]
#[case::several_win(Some("the-limit-races"), Verdict::Fail)]
#[tokio::test(flavor = "multi_thread")]
async fn one_racer_that_is_not_answered_takes_no_other_with_it(
    #[case] mutant: Option<&str>,
    #[case] verdict: Verdict,
) {
    let rig = Rig::start("standard", mutant.map(named).as_ref()).await;
    let script = "[[faults]]\non = 'key-create'\nwith = { name = 'authspec race' }\nrequests = 3\ndrop = true\n";
    rig.platform.script(Script::from_toml(script).expect("a script"));
    let before = key_ids(&rig.platform);
    let mut plan = rig.plan();
    let only = vec!["server-keys-limit-race".to_owned()];
    plan.checks = Selection { only, ..Selection::default() }.select_server().expect("a check");

    let probed = probe(&plan).await;

    assert_eq!(ids_with(&probed.report, verdict), ["server-keys-limit-race"]);
    assert_eq!(key_ids(&rig.platform), before, "what the others made is there still");
    assert!(probed.left_behind.is_empty(), "{:?}", probed.left_behind);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_probes_report_the_same() {
    let rig = Rig::start("standard", None).await;
    let plan = rig.plan();
    let (first, second) = (probe(&plan).await.report, probe(&plan).await.report);
    assert_eq!(first.results, second.results);
}
