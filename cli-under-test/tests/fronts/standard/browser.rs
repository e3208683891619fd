//! ST-1, ST-2: discovery, code, proof, state, issuer.

use std::collections::HashSet;
use std::net::TcpStream;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use predicates::str::contains;
use rstest::rstest;
use serde_json::json;
use sha2::Digest as _;
use wiremock::ResponseTemplate;

use super::{STORE, signed_in, standard};
use crate::authority::{Authority, grant_error};
use crate::home::Home;
use crate::waiting::Waiting;

fn login(home: &Home, authority: &Authority) -> Waiting {
    let mut command = home.process("standard");
    command.env("STANDARD_URL", authority.url());
    Waiting::start(command, &["login", "--no-browser"])
}

#[tokio::test]
async fn a_code_is_asked_for_exchanged_saved_and_used() {
    let (home, authority) = (Home::new(), Authority::start().await);
    authority.with(|state| state.expires_in = Some(json!(3600)));
    let login = login(&home, &authority);
    let asked = login.parameters();
    assert_eq!(login.url.path(), "/oauth/authorize");
    assert_eq!(asked["tenant"], "1", "what the address had is kept");
    assert_eq!(asked["response_type"], "code");
    assert_eq!(asked["client_id"], "standard-cli");
    assert_eq!(asked["code_challenge_method"], "S256");
    assert!(asked["state"].len() >= 22, "128 bits");
    let back = login.back("redirect_uri");
    assert_eq!((back.host_str(), back.path()), (Some("127.0.0.1"), "/callback"));

    let answer = login.come_back("redirect_uri", &[("code", "c-1"), ("state", &asked["state"])]);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(!answer.contains("c-1"), "{answer}");
    let ended = login.end();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(ended.stdout, "Logged in as ada@example.test\n");
    assert!(TcpStream::connect(("127.0.0.1", back.port().expect("a port"))).is_err());

    let forms = authority.with(|state| state.forms.clone());
    let [form] = forms.as_slice() else { panic!("the code went out {} times", forms.len()) };
    assert_eq!(form["code"], "c-1");
    assert_eq!(form["redirect_uri"], back.as_str());
    let challenge = URL_SAFE_NO_PAD.encode(sha2::Sha256::digest(&form["code_verifier"]));
    assert_eq!(challenge, asked["code_challenge"]);
    assert!((43..=128).contains(&form["code_verifier"].len()));

    assert_eq!(home.mode(STORE), 0o600);
    assert_eq!(home.mode(".config/standard"), 0o700);
    let saved = home.json(STORE);
    let identity = &saved["identities"]["default"];
    assert_eq!(identity["issuer"], authority.url());
    assert_eq!(identity["access_token"], "access-1");
    assert_eq!(home.holding("access-1").len(), 1);
    assert!(home.holding(&form["code_verifier"]).is_empty());
    // The platform is the identity's own.
    home.command("standard").arg("whoami").assert().success().stdout(contains("ada@example.test"));
}

#[tokio::test]
async fn nothing_is_ever_asked_twice() {
    let authority = Authority::start().await;
    let mut seen = HashSet::new();
    for _ in 0..5 {
        let asked = login(&Home::new(), &authority).parameters();
        assert!(seen.insert(asked["state"].clone()));
        assert!(seen.insert(asked["code_challenge"].clone()));
    }
}

#[tokio::test]
async fn only_the_answer_to_the_question_counts() {
    let (home, authority) = (Home::new(), Authority::start().await);
    let login = login(&home, &authority);
    let state = login.parameters()["state"].clone();
    let strangers: [&[(&str, &str)]; 5] = [
        &[("code", "evil")],
        &[("code", "evil"), ("state", "guess")],
        &[("error", "access_denied")],
        &[("error", "access_denied"), ("error_description", "<script>"), ("state", "guess")],
        &[("state", &state)],
    ];
    for query in strangers {
        let answer = login.come_back("redirect_uri", query);
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
        assert!(!answer.contains("<script>"));
    }
    assert_eq!(authority.asked("/oauth/token").await, 0);
    login.come_back("redirect_uri", &[("code", "c-1"), ("state", &state)]);
    login.come_back_late(&[("code", "c-2"), ("state", &state)]);
    assert_eq!(login.end().code, Some(0));
    assert_eq!(authority.asked("/oauth/token").await, 1);
}

#[tokio::test]
async fn a_refusal_ends_it_and_keeps_what_was_there() {
    let authority = Authority::start().await;
    let home = signed_in(&authority, 3600);
    let before = home.read(STORE);
    let login = login(&home, &authority);
    let state = login.parameters()["state"].clone();
    let refusal = [
        ("error", "access_denied"),
        ("error_description", "the\u{1b}[31m user"),
        ("state", &state),
    ];
    let answer = login.come_back("redirect_uri", &refusal);
    assert!(!answer.contains("access_denied"), "{answer}");
    let ended = login.end();
    assert_eq!(ended.code, Some(4));
    assert!(ended.stderr.contains("access_denied: the[31m user"), "{}", ended.stderr);
    assert_eq!(ended.stdout, "");
    assert_eq!(home.read(STORE), before);
}

#[rstest]
#[case::another(false, Some("https://evil.test"))]
#[case::nobody(true, None)]
#[tokio::test]
async fn an_answer_of_another_server_is_not_used(#[case] always: bool, #[case] iss: Option<&str>) {
    let (home, authority) = (Home::new(), Authority::start().await);
    authority.with(|state| state.names_itself = always);
    let login = login(&home, &authority);
    let state = login.parameters()["state"].clone();
    let mut query = vec![("code", "c-1"), ("state", state.as_str())];
    query.extend(iss.map(|iss| ("iss", iss)));
    login.come_back("redirect_uri", &query);
    let ended = login.end();
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert_eq!(authority.asked("/oauth/token").await, 0);
    assert_eq!(home.read(STORE), None);
}

#[tokio::test]
async fn a_server_that_always_says_its_name_may_do_so() {
    let (home, authority) = (Home::new(), Authority::start().await);
    authority.with(|state| state.names_itself = true);
    let login = login(&home, &authority);
    let (state, url) = (login.parameters()["state"].clone(), authority.url());
    login.come_back("redirect_uri", &[("code", "c-1"), ("state", &state), ("iss", &url)]);
    assert_eq!(login.end().code, Some(0));
}

#[tokio::test]
async fn the_description_of_another_server_is_not_used() {
    let (home, authority) = (Home::new(), Authority::start().await);
    authority.with(|state| state.issuer = Some("https://evil.test".to_owned()));
    standard(&home, &authority).arg("login").assert().code(1).stderr(contains("https://evil.test"));
}

#[rstest]
#[case::refused(grant_error("invalid_grant"), 1, "invalid_grant")]
#[case::broken(ResponseTemplate::new(500), 1, "500")]
#[case::html(ResponseTemplate::new(200).set_body_raw("<html>", "text/html"), 1, "text/html")]
#[case::other_type(
    ResponseTemplate::new(200).set_body_json(json!({"access_token": "a", "token_type": "mac"})), 1, "200")]
#[tokio::test]
async fn a_code_is_sent_once_whatever_comes_of_it(
    #[case] answer: ResponseTemplate,
    #[case] code: i32,
    #[case] said: &str,
) {
    let (home, authority) = (Home::new(), Authority::start().await);
    authority.with(|state| state.first = vec![answer]);
    let login = login(&home, &authority);
    let state = login.parameters()["state"].clone();
    login.come_back("redirect_uri", &[("code", "c-1"), ("state", &state)]);
    let ended = login.end();
    assert_eq!(ended.code, Some(code));
    assert!(ended.stderr.contains(said), "{}", ended.stderr);
    assert_eq!(authority.asked("/oauth/token").await, 1);
    assert_eq!(home.read(STORE), None);
}

#[tokio::test]
async fn a_new_login_gives_the_old_session_back() {
    let authority = Authority::start().await;
    let home = signed_in(&authority, 3600);
    let login = login(&home, &authority);
    let state = login.parameters()["state"].clone();
    login.come_back("redirect_uri", &[("code", "c-1"), ("state", &state)]);
    assert_eq!(login.end().code, Some(0));
    assert_eq!(authority.with(|state| state.revoked.clone()), ["refresh-1"]);
    assert_eq!(home.json(STORE)["identities"]["default"]["refresh_token"], "refresh-2");
}

#[tokio::test]
async fn waiting_has_an_end() {
    let (home, authority) = (Home::new(), Authority::start().await);
    standard(&home, &authority)
        .args(["login", "--no-browser"])
        .env("STANDARD_LOGIN_TIMEOUT", "1")
        .assert()
        .code(1)
        .stderr(contains("gave up after 1 second"));
}
