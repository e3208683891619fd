//! Each pair of neighbours among the sources, the wrong way round: what is said shows which won.

use rstest::rstest;

use super::mutant;
use crate::home::Home;

const OMNI: &str = ".config/omni-cli/config.json";
const ALMYTY: &str = ".almyty/credentials.json";
const STANDARD: &str = ".config/standard/credentials.json";
const KEY: &str = ".local/state/amika/api-key.json";
const SESSION: &str = ".local/state/amika/workos-session.json";
const INSECURE: (&str, &str) = ("OMNI_CLI_DANGEROUSLY_ALLOW_INSECURE_REQUESTS", "1");
// Nobody listens there.
const ONE: &str = "http://127.0.0.1:1";
const TWO: &str = "http://127.0.0.1:2";
/// No header may carry it, so whoever looks at it says whose it is.
const BAD: &str = "b\u{e9}d";

const PROFILE: &str = r#"{"defaultProfile": "w", "profiles": {"w":
    {"apiEndpoint": "http://127.0.0.1:2", "authMethod": "api-key", "apiKey": "bé"}}}"#;
const IDENTITY: &str =
    r#"{"current": "d", "identities": {"d": {"url": "http://127.0.0.1:2", "token": "t"}}}"#;
const FILE: &str = r#"{"url": "http://127.0.0.1:2", "token": "bé"}"#;
const CONFIG: &str = r#"{"apiUrl": "http://127.0.0.1:1", "url": "http://127.0.0.1:1"}"#;

type Pairs = &'static [(&'static str, &'static str)];

#[rstest]
#[case("variable-beats-flag", "omni whoami --token t --base-url http://127.0.0.1:1", &[INSECURE, ("OMNI_API_TOKEN", BAD)], &[], "127.0.0.1:1", "OMNI_API_TOKEN")]
#[case("profile-beats-variable", "omni whoami", &[INSECURE, ("OMNI_API_TOKEN", "t")], &[(OMNI, PROFILE)], "127.0.0.1:2", "the saved key")]
#[case("variable-url-beats-flag", "omni whoami --token t --base-url http://127.0.0.1:1", &[INSECURE, ("OMNI_BASE_URL", TWO)], &[], "127.0.0.1:1", "127.0.0.1:2")]
#[case("profile-url-beats-variable", "omni whoami --token t", &[INSECURE, ("OMNI_BASE_URL", ONE)], &[(OMNI, PROFILE)], "127.0.0.1:1", "127.0.0.1:2")]
#[case("session-before-key", "amika auth status", &[], &[(KEY, r#"{"key": "k"}"#), (SESSION, r#"{"access_token": "a", "email": "e"}"#)], "shadows session of e", "session of e shadows")]
#[case("ignores-url", "amika sandbox list", &[("AMIKA_API_URL", ONE), ("AMIKA_API_KEY", "k"), ("HTTPS_PROXY", ONE)], &[], "127.0.0.1:1 over", "app.amika.dev over")]
#[case("file-beats-variable", "almyty whoami", &[("ALMYTY_TOKEN", "t"), ("ALMYTY_URL", ONE)], &[(ALMYTY, FILE)], "127.0.0.1:1", "the saved key holds")]
#[case("file-url-beats-variable", "almyty whoami", &[("ALMYTY_TOKEN", "t"), ("ALMYTY_URL", ONE)], &[(ALMYTY, FILE)], "127.0.0.1:1", "127.0.0.1:2")]
#[case("config-beats-file", "almyty whoami", &[], &[(ALMYTY, r#"{"url": "http://127.0.0.1:2", "token": "t"}"#), (".almyty/config.json", CONFIG)], "reach 127.0.0.1:2", "not sent to http://127.0.0.1:1")]
#[case("key-anywhere", "almyty whoami", &[("ALMYTY_URL", ONE)], &[(ALMYTY, r#"{"url": "http://127.0.0.1:2", "token": "t"}"#)], "not sent to", "reach 127.0.0.1:1")]
#[case("variable-beats-login-option", "almyty login --token t --api http://127.0.0.1:1", &[("ALMYTY_URL", TWO)], &[], "127.0.0.1:1", "127.0.0.1:2")]
#[case("standard-variable-beats-file", "standard whoami --token-file none --url http://127.0.0.1:1", &[("STANDARD_TOKEN", "t")], &[], "none could not be read", "reach 127.0.0.1:1")]
#[case("standard-variable-url-beats-option", "standard whoami --url http://127.0.0.1:1", &[("STANDARD_TOKEN", "t"), ("STANDARD_URL", TWO)], &[], "127.0.0.1:1", "127.0.0.1:2")]
#[case("standard-identity-url-beats-variable", "standard whoami", &[("STANDARD_TOKEN", "t"), ("STANDARD_URL", ONE)], &[(STANDARD, IDENTITY)], "127.0.0.1:1", "127.0.0.1:2")]
#[case("standard-config-url-beats-identity", "standard whoami", &[("STANDARD_TOKEN", "t")], &[(STANDARD, IDENTITY), (".config/standard/config.json", CONFIG)], "127.0.0.1:2", "127.0.0.1:1")]
#[case("standard-identity-beats-variable", "standard whoami", &[("STANDARD_TOKEN", BAD), ("STANDARD_URL", TWO)], &[(STANDARD, IDENTITY)], "STANDARD_TOKEN holds", "reach 127.0.0.1:2")]
#[case("standard-identity-anywhere", "standard whoami", &[("STANDARD_URL", ONE)], &[(STANDARD, IDENTITY)], "not signed in", "reach 127.0.0.1:1")]
fn another_source_wins(
    #[case] name: &str,
    #[case] line: &str,
    #[case] environment: Pairs,
    #[case] files: Pairs,
    #[case] clean: &str,
    #[case] wrong: &str,
) {
    let home = Home::new();
    for (file, text) in files {
        home.write(file, text);
        home.chmod(file, 0o600);
    }
    let said = |mut command: std::process::Command| {
        command.args(line.split(' ')).envs(environment.iter().copied());
        let output = command.output().expect("started");
        String::from_utf8(output.stderr).expect("UTF-8")
    };
    let mut program = std::process::Command::new(assert_cmd::cargo::cargo_bin!("reference"));
    program.env_clear().env("HOME", home.path("")).current_dir(home.path(""));
    let text = said(program);
    assert!(text.contains(clean) && !text.contains(wrong), "{text}");
    let text = said(mutant(&home, name));
    assert!(text.contains(wrong), "{text}");
}
