//! Proof that every server check can say no: the clean mock platform passes all of them, whatever
//! its profile, and each of its mutants fails the checks that name it, and no other.
//!
//! A check that a mutant keeps from being reached is inconclusive there, which is no kill and no
//! collateral: nothing was known, and the check said so.

mod rig;
mod tls_front;

use std::collections::{BTreeMap, BTreeSet};

use authspec::probe::credentials::Credentials;
use authspec::profile::BUILTIN;
use authspec::report::Report;
use authspec::server_checks::SERVER_CHECKS;
use authspec::verdict::Verdict;
use mock_server::Script;
use rig::{Mutant, Rig, ids_with, mutants, named, probe};
use tls_front::{Front, Mistake};
use tokio::task::JoinSet;

/// The header that a front of TLS would add, and here the platform does.
const HSTS: &str = r#"
    [[faults]]
    on = "* *"
    rewrite = { headers = { Strict-Transport-Security = "max-age=63072000" } }
"#;

/// Probes the platform of this profile, or a mutant of it.
async fn judge(profile: &str, mutant: Option<&Mutant>) -> Report {
    let rig = Rig::start(profile, mutant).await;
    probe(&rig.plan()).await.report
}

/// Probes the platform of this profile behind TLS.
async fn judge_by_tls(profile: &str, mistake: Option<Mistake>) -> Report {
    let rig = Rig::start(profile, None).await;
    if mistake != Some(Mistake::NoHsts) {
        rig.platform.script(Script::from_toml(HSTS).expect("a script"));
    }
    let front = Front::start(rig.platform.url(), mistake).await;
    let mut plan = rig.plan();
    plan.terms.url.clone_from(&front.url);
    plan.terms.grants.browser = None;
    plan.authorities = vec![front.certificate.clone()];
    probe(&plan).await.report
}

/// The checks that each mutant must fail, by the checks' own word.
fn killers() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let mut killers: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for check in SERVER_CHECKS.iter() {
        for mutant in check.mutants {
            killers.entry(*mutant).or_default().insert(check.id);
        }
    }
    killers
}

fn assert_clean(profile: &str, report: &Report) {
    let good = [Verdict::Pass, Verdict::NotApplicable];
    let not_passed: Vec<_> = report
        .results
        .iter()
        .filter(|result| !good.contains(&result.verdict))
        .map(|result| (&result.id, result.verdict, &result.observed))
        .collect();
    assert!(not_passed.is_empty(), "{profile}: {not_passed:#?}");
    assert!(!ids_with(report, Verdict::Pass).is_empty(), "{profile}: nothing was judged");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clean_platform_passes_whatever_its_profile() {
    let mut passed = BTreeSet::new();
    for (profile, _) in BUILTIN {
        let report = Box::pin(judge(profile, None)).await;
        assert_clean(profile, &report);
        passed.extend(ids_with(&report, Verdict::Pass).into_iter().map(str::to_owned));
    }
    let report = Box::pin(judge_by_tls("oanim", None)).await;
    assert_clean("oanim by TLS", &report);
    passed.extend(ids_with(&report, Verdict::Pass).into_iter().map(str::to_owned));
    let all: BTreeSet<_> = SERVER_CHECKS.iter().map(|check| check.id.to_owned()).collect();
    let never: Vec<_> = all.difference(&passed).collect();
    assert!(never.is_empty(), "no profile reaches {never:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_mutant_fails_what_names_it_and_nothing_else() {
    let killers = killers();
    let mut judging = JoinSet::new();
    for mutant in mutants() {
        judging.spawn(async move {
            let report = match mutant.tls {
                Some(mistake) => Box::pin(judge_by_tls(&mutant.profile, Some(mistake))).await,
                None => Box::pin(judge(&mutant.profile, Some(&mutant))).await,
            };
            (mutant, report)
        });
    }
    let mut wrong = Vec::new();
    while let Some(judged) = judging.join_next().await {
        let (mutant, report) = judged.expect("no panic");
        let failed: BTreeSet<_> = ids_with(&report, Verdict::Fail).into_iter().collect();
        let named = killers.get(mutant.name.as_str()).cloned().unwrap_or_default();
        let expected: BTreeSet<&str> = named.into_iter().collect();
        if failed != expected {
            let missed: Vec<_> = expected.difference(&failed).collect();
            let collateral: Vec<_> = failed.difference(&expected).collect();
            wrong.push(format!("{}: missed {missed:?}, also failed {collateral:?}", mutant.name));
        }
    }
    wrong.sort();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What gives something to somebody who has no credential fails also where none was lent; that it
/// refuses is known beside a good one alone.
#[rstest::rstest]
#[case::of_tokens("anybody-introspects", "server-introspection-needs-credential")]
#[case::of_keys("anybody-lists-keys", "server-keys-list-needs-credential")]
#[case::of_one_key("anybody-verifies", "server-keys-verify-needs-credential")]
#[case::a_key("anybody-creates-keys", "server-keys-create-needs-credential")]
#[case::an_identity("unknown-credentials-are-taken", "server-bearer-unknown")]
#[case::a_second_life("nothing-expires", "server-bearer-expired")]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_fails_without_a_control(#[case] mutant: &str, #[case] check: &str) {
    for (mutant, verdict) in [(Some(named(mutant)), Verdict::Fail), (None, Verdict::NotApplicable)]
    {
        let rig = Rig::start("standard", mutant.as_ref()).await;
        let mut plan = rig.plan();
        plan.terms.grants.credentials =
            Credentials { expired: rig.lent.expired.clone(), ..Credentials::default() };
        plan.checks.retain(|one| one.id == check);

        let report = probe(&plan).await.report;

        assert_eq!(ids_with(&report, verdict), [check], "{:?}", report.results);
    }
}

/// What goes on, whatever it is asked.
const GOES_ON: [&str; 2] =
    ["server-authorization-any-port", "server-authorization-unknown-parameter"];

/// What takes everything.
const PLEASED: [&str; 5] = [
    GOES_ON[0],
    GOES_ON[1],
    "server-bearer-scheme-case",
    "server-metadata-served",
    "server-revocation-unknown",
];

/// What passes at a server that gives one answer to everything, whatever it is asked: what that
/// answer really is, and nothing that it does not do.
#[rstest::rstest]
#[case::invalid_request("status = 400, body = { error = 'invalid_request' }", &["server-token-error-shape"])]
#[case::unsupported_grant("status = 400, body = { error = 'unsupported_grant_type' }", &["server-token-error-shape"])]
#[case::invalid_grant("status = 400, body = { error = 'invalid_grant' }", &["server-token-error-shape"])]
#[case::unauthenticated(
    "status = 401, headers = { WWW-Authenticate = 'Bearer realm=\"api\", error=\"invalid_token\"' }, body = { error = 'invalid_token' }",
    &["server-bearer-challenge", "server-bearer-names-invalid-token", "server-bearer-refusal-is-json"]
)]
#[case::not_found("status = 404, text = 'not found'", &[])]
#[case::broken("status = 500, headers = { Content-Type = 'text/html' }, text = '<p>oops'", &[])]
#[case::pleased("status = 200, body = {}", &PLEASED)]
#[case::a_page("status = 200, headers = { Content-Type = 'text/html' }, text = '<p>hi'", &PLEASED)]
#[case::elsewhere("status = 302, headers = { Location = 'https://elsewhere.example/' }", &GOES_ON)]
#[tokio::test(flavor = "multi_thread")]
async fn what_answers_everything_alike_passes_hardly_anything(
    #[case] reply: &str,
    #[case] really: &[&str],
) {
    let mut vacuous = Vec::new();
    for (profile, _) in BUILTIN {
        let rig = Rig::start(profile, None).await;
        // What is asked before anything else is whether the credentials that were lent are good.
        let script = format!("[[faults]]\non = '* *'\nrequests = '4..'\nreply = {{ {reply} }}\n");
        rig.platform.script(Script::from_toml(&script).expect("a script"));

        let report = probe(&rig.plan()).await.report;

        let passed = ids_with(&report, Verdict::Pass);
        let passed = passed.into_iter().filter(|id| !really.contains(id));
        vacuous.extend(passed.map(|id| format!("{profile}: {id}")));
    }
    assert!(vacuous.is_empty(), "they pass: {vacuous:#?}");
}

/// A page that does nothing because it is broken.
#[rstest::rstest]
#[case::again(
    "standard",
    "server-authorization-asks-again",
    "on = 'authorize'\nwith = { state = 'authspec-again' }"
)]
#[case::looked_at("standard", "server-device-not-by-looking", "on = 'approval-page'")]
#[case::login_again(
    "oanim",
    "server-authorization-key-needs-action",
    "on = 'login-start'\nwith = { port = '49151' }"
)]
#[case::login_ended(
    "oanim",
    "server-authorization-login-once",
    "on = 'login-finish'\nrequests = 2"
)]
#[tokio::test(flavor = "multi_thread")]
async fn a_broken_page_passes_nothing_by_doing_nothing(
    #[case] profile: &str,
    #[case] check: &str,
    #[case] page: &str,
    #[values(
        "reply = { status = 500, text = '<p>oops' }",
        "reply = { status = 200, body = {} }",
        "drop = true"
    )]
    breaks: &str,
) {
    let rig = Rig::start(profile, None).await;
    let script = format!("[[faults]]\n{page}\n{breaks}\n");
    rig.platform.script(Script::from_toml(&script).expect("a script"));
    let mut plan = rig.plan();
    plan.checks.retain(|one| one.id == check);

    let report = probe(&plan).await.report;

    assert_eq!(ids_with(&report, Verdict::Inconclusive), [check], "{:?}", report.results);
}

#[test]
fn checks_and_mutants_know_each_other() {
    let named: BTreeSet<String> = killers().into_keys().map(str::to_owned).collect();
    let existing: BTreeSet<String> = mutants().into_iter().map(|mutant| mutant.name).collect();
    assert_eq!(existing.len(), mutants().len(), "two mutants have one name");
    let unknown: Vec<_> = named.difference(&existing).collect();
    let unnamed: Vec<_> = existing.difference(&named).collect();
    assert!(unknown.is_empty(), "checks name mutants that do not exist: {unknown:?}");
    assert!(unnamed.is_empty(), "mutants that no check must catch: {unnamed:?}");
}
