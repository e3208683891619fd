//! A platform on its own: `authspec serve` for a person, `authspec exec` around a command.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use predicates::str::contains;
use rstest::rstest;
use tempfile::TempDir;

const AUTHSPEC: &str = env!("CARGO_BIN_EXE_authspec");

/// A platform that is served. Dropping it ends the process.
struct Served {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Served {
    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(AUTHSPEC);
        command.arg("serve").args(arguments).stdout(Stdio::piped());
        let mut child = command.spawn().expect("started");
        let stdout = child.stdout.take().expect("piped");
        Self { child, lines: BufReader::new(stdout).lines() }
    }

    /// The next line that it prints, which is waited for.
    fn line(&mut self) -> String {
        self.lines.next().expect("a line").expect("text")
    }

    fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).expect("a process id");
        kill(Pid::from_raw(id), signal).expect("sent");
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn get(url: &str, bearer: Option<&str>) -> u16 {
    let runtime = tokio::runtime::Runtime::new().expect("made");
    runtime.block_on(async {
        let client = reqwest::Client::builder().no_proxy().build().expect("made");
        let request = client.get(url);
        let request = match bearer {
            Some(bearer) => request.header("Authorization", format!("Bearer {bearer}")),
            None => request,
        };
        request.send().await.expect("answered").status().as_u16()
    })
}

#[test]
fn a_served_platform_says_where_it_is_and_what_it_is_asked() {
    let mut served = Served::start(&["--profile", "oanim"]);
    let first = served.line();
    let url = first.rsplit(' ').next().expect("a URL").to_owned();
    assert!(first.starts_with("Open Animate listens at http://127.0.0.1:"), "{first}");
    assert_eq!(served.line(), format!("  export ANIMATE_API_URL={url}"));
    assert!(served.line().starts_with("  export ANIMATE_FAL_URL=http://127.0.0.1:"));
    assert_eq!(served.line(), format!("  export AUTHSPEC_URL={url}"));
    assert_eq!(served.line(), format!("  export AUTHSPEC_CONTROL_URL={url}/_authspec"));
    assert_eq!(served.line(), format!("  control API: {url}/_authspec"));
    assert_eq!(get(&format!("{url}/api/v1/auth/me"), Some("anim_secret")), 401);
    let line = served.line();
    assert!(line.starts_with("GET /api/v1/auth/me → 401"), "{line}");
    assert!(line.contains("an unknown credential") && !line.contains("anim_secret"), "{line}");
}

#[rstest]
#[case(Signal::SIGTERM)]
#[case(Signal::SIGINT)]
fn a_served_platform_ends_cleanly_when_told(#[case] signal: Signal) {
    let mut served = Served::start(&["--profile", "standard"]);
    served.line();
    served.signal(signal);
    let status = served.child.wait().expect("ended");
    assert_eq!(status.code(), Some(0));
}

#[test]
fn programs_can_read_where_it_is() {
    let directory = TempDir::new().expect("made");
    let file = directory.path().join("ready.json");
    let shown = file.to_string_lossy();
    let mut served = Served::start(&["--profile", "oanim", "--json", "--ready-file", &shown]);
    let printed: serde_json::Value = serde_json::from_str(&served.line()).expect("JSON");
    assert_eq!(printed["env"]["ANIMATE_API_URL"], printed["url"]);
    get(printed["url"].as_str().expect("a URL"), None);
    let request: serde_json::Value = serde_json::from_str(&served.line()).expect("JSON");
    assert!(request["request"].as_str().expect("a line").starts_with("GET / → 404"), "{request}");
    // It prints the first line before it writes the file, and the second one after.
    let ready: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&file).expect("written")).expect("JSON");
    assert_eq!(ready, printed);
}

#[test]
fn a_script_makes_it_misbehave() {
    let directory = TempDir::new().expect("made");
    let script = directory.path().join("script.toml");
    std::fs::write(&script, "[[faults]]\non = \"identity\"\nreply = { status = 503 }\n")
        .expect("written");
    let shown = script.to_string_lossy();
    let mut served = Served::start(&["--profile", "oanim", "--script", &shown]);
    let url = served.line().rsplit(' ').next().expect("a URL").to_owned();
    assert_eq!(get(&format!("{url}/api/v1/auth/me"), None), 503);
}

/// `authspec exec` around a shell script.
fn exec(script: &str) -> assert_cmd::assert::Assert {
    let mut command = assert_cmd::Command::new(AUTHSPEC);
    command.args(["exec", "--profile", "oanim", "--", "/bin/sh", "-c", script]).assert()
}

#[test]
fn a_command_finds_the_platform_and_its_exit_code_is_returned() {
    exec("case $ANIMATE_API_URL in http://127.0.0.1:*) exit 0;; esac; exit 1").code(0);
    exec("exit 42").code(42).stderr(contains("the platform was asked 0 times"));
    exec("kill -9 $$").code(128 + 9);
}

#[test]
fn what_a_failed_command_asked_is_shown() {
    let asks = format!("{AUTHSPEC} reference oanim whoami");
    exec(&format!("ANIMATE_API_KEY=anim_AbCd1234_abcdefghijklmnopqrstuvwx {asks}"))
        .code(4)
        .stderr(contains("GET /api/v1/auth/me → 401  an unknown credential"));
}

#[test]
fn what_cannot_start_is_never_a_success() {
    let run = |arguments: &[&str]| assert_cmd::Command::new(AUTHSPEC).args(arguments).assert();
    run(&["exec", "--profile", "nobody", "--", "true"]).code(2);
    run(&["exec", "--profile", "oanim", "--script", "/no/such/file", "--", "true"])
        .code(2)
        .stderr(contains("cannot read the script"));
    run(&["exec", "--profile", "oanim", "--", "/no/such/program"]).code(2);
    run(&["exec", "--profile", "oanim"]).code(2);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("bound");
    let address = taken.local_addr().expect("bound").to_string();
    run(&["serve", "--profile", "oanim", "--listen", &address])
        .code(4)
        .stderr(contains("cannot start the platform"));
}

#[test]
fn a_host_that_the_tool_hard_codes_is_the_platform() {
    let host = "https://api.workos.com";
    let exec = |script: &str| {
        let mut command = assert_cmd::Command::new(AUTHSPEC);
        command.args(["exec", "--profile", "amika", "--", "/bin/sh", "-c", script]).assert()
    };
    let asks = format!("curl -sS -d client_id=x {host}/user_management/authorize/device");
    exec(&asks).code(0).stdout(contains("device_code"));
    // The platform itself is reached without the proxy.
    exec("curl -sS $AUTHSPEC_URL/api/v0beta1/sandboxes").code(0).stdout(contains("unauthorized"));
    exec(&format!("{asks} && curl -sS https://telemetry.example/"))
        .stderr(contains("POST /user_management/authorize/device at api.workos.com → 200"))
        .stderr(contains("refused: telemetry.example:443"))
        .code(56);
}

#[test]
fn a_platform_over_tls_names_its_authority() {
    let mut served = Served::start(&["--profile", "standard", "--tls", "--json"]);
    let ready: serde_json::Value = serde_json::from_str(&served.line()).expect("JSON");
    let (url, file) = (&ready["url"], ready["ca_file"].as_str().expect("a path"));
    assert!(url.as_str().expect("a URL").starts_with("https://127.0.0.1:"), "{ready}");
    assert_eq!(ready["env"]["SSL_CERT_FILE"], file);
    let ask = |believed: &[&str]| {
        let url = format!("{}/v1/whoami", url.as_str().expect("a URL"));
        assert_cmd::Command::new("curl").arg("-sS").args(believed).arg(url).assert()
    };
    ask(&["--cacert", file]).code(0).stdout(contains("unauthorized"));
    // curl: "peer certificate cannot be authenticated".
    ask(&[]).code(60);
    served.signal(Signal::SIGTERM);
    assert_eq!(served.child.wait().expect("ended").code(), Some(0));
    assert!(!std::path::Path::new(file).exists(), "the file outlives the platform");
}

#[test]
fn a_state_survives_a_restart() {
    let directory = TempDir::new().expect("made");
    let file = directory.path().join("state.redb");
    let shown = file.to_string_lossy();
    let whoami = |key: &str| {
        let mut served = Served::start(&["--profile", "standard", "--state", &shown, "--json"]);
        let ready: serde_json::Value = serde_json::from_str(&served.line()).expect("JSON");
        let url = ready["url"].as_str().expect("a URL").to_owned();
        let key = if key.is_empty() {
            let minted = assert_cmd::Command::new("curl")
                .args(["-sS", "-H", "Content-Type: application/json", "-d", r#"{"name":"laptop"}"#])
                .arg(format!("{url}/_authspec/keys"))
                .output()
                .expect("asked");
            let minted: serde_json::Value = serde_json::from_slice(&minted.stdout).expect("JSON");
            minted["key"].as_str().expect("a key").to_owned()
        } else {
            key.to_owned()
        };
        let status = get(&format!("{url}/v1/whoami"), Some(&key));
        // Not even time to say goodbye: what was answered is kept.
        served.signal(Signal::SIGKILL);
        (status, key)
    };
    let (status, key) = whoami("");
    assert_eq!(status, 200);
    assert_eq!(whoami(&key), (200, key.clone()));
    assert_eq!(whoami("std_unknown").0, 401);

    let run = |profile: &str, state: &str| {
        let arguments = ["serve", "--profile", profile, "--state", state];
        assert_cmd::Command::new(AUTHSPEC).args(arguments).assert()
    };
    run("oanim", &shown).code(2).stderr(contains("is of a profile with other accounts"));
    let foreign = directory.path().join("notes.txt");
    std::fs::write(&foreign, "dear diary").expect("written");
    run("standard", &foreign.to_string_lossy()).code(2).stderr(contains("name another file"));
    assert_eq!(std::fs::read_to_string(&foreign).expect("still there"), "dear diary");
}

#[test]
fn a_thousand_slow_connections_do_not_stop_the_next_request() {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).expect("a limit");
    setrlimit(Resource::RLIMIT_NOFILE, most, most).expect("as many as there may be");
    let mut served = Served::start(&["--profile", "standard", "--json"]);
    let ready: serde_json::Value = serde_json::from_str(&served.line()).expect("JSON");
    let url = ready["url"].as_str().expect("a URL");
    let address = url.trim_start_matches("http://");

    let slow: Vec<TcpStream> = (0..1000)
        .map(|_| {
            let mut stream = TcpStream::connect(address).expect("it listens");
            stream.write_all(b"GET /v1/whoami HTTP/1.1\r\nHost: x\r\nAutho").expect("taken");
            stream
        })
        .collect();

    let begin = Instant::now();
    assert_eq!(get(&format!("{url}/v1/whoami"), None), 401);
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    // They are heard nevertheless, if they go on.
    let mut last = slow.into_iter().next_back().expect("a thousand");
    last.write_all(b"rization: Bearer x\r\nConnection: close\r\n\r\n").expect("taken");
    let mut answer = String::new();
    last.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
}
