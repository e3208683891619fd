//! `oanim login`: the tests are the browser, and everybody else who knocks.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, ChildStderr, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use rstest::rstest;
use url::Url;
use wiremock::MockServer;

use crate::support::{Home, KEY, OLD_KEY, asked, server};

const PATIENCE: Duration = Duration::from_secs(10);

/// A login that waits for its browser.
struct Login {
    child: Child,
    stderr: BufReader<ChildStderr>,
    url: Url,
    port: u16,
}

impl Login {
    fn start(mut command: Command) -> Self {
        command.arg("login").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("started");
        let mut stderr = BufReader::new(child.stderr.take().expect("piped"));
        let mut line = String::new();
        stderr.read_line(&mut line).expect("readable");
        assert_eq!(line, "Open this URL to sign in:\n");
        line.clear();
        stderr.read_line(&mut line).expect("readable");
        let url = Url::parse(line.trim_end_matches('\n')).expect("a URL alone on its line");
        let (name, port) = url.query_pairs().next().expect("a parameter");
        assert_eq!(name, "port");
        let port = port.parse().expect("a port");
        Self { child, stderr, url, port }
    }

    /// Sends a request as it stands and returns the whole answer.
    fn request(&self, head: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("listening");
        stream.set_read_timeout(Some(PATIENCE)).expect("set");
        stream.write_all(head.as_bytes()).expect("sent");
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        answer
    }

    /// What a browser at the listener's own name gets.
    fn get(&self, path: &str) -> String {
        self.request(&format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", self.port))
    }

    fn end(mut self) -> (Output, u16) {
        let status = self.status();
        let mut stderr = Vec::new();
        self.stderr.read_to_end(&mut stderr).expect("readable");
        let mut stdout = Vec::new();
        self.child.stdout.take().expect("piped").read_to_end(&mut stdout).expect("readable");
        (Output { status, stdout, stderr }, self.port)
    }

    fn status(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("asked") {
                return status;
            }
            assert!(Instant::now() < deadline, "the login has not ended");
            std::thread::yield_now();
        }
    }
}

impl Drop for Login {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

/// `oanim` with no browser to open.
fn oanim(home: &Home, server: &MockServer) -> Command {
    home.oanim_process(&server.uri())
}

/// A program that writes down how it was called.
fn recorder(home: &Home, ending: &str) -> String {
    let program = home.path("browser");
    let out = home.path("seen");
    let script = format!(
        "#!/bin/sh\n{{ echo \"$#\"; echo \"$1\"; /usr/bin/env; }} > {out}.new\n/bin/mv {out}.new {out}\n{ending}\n",
        out = out.display()
    );
    fs::write(&program, script).expect("written");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("executable");
    program.to_str().expect("UTF-8").to_owned()
}

fn seen(home: &Home) -> String {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Ok(seen) = fs::read_to_string(home.path("seen")) {
            return seen;
        }
        assert!(Instant::now() < deadline, "the browser was not opened");
        std::thread::yield_now();
    }
}

fn succeeded(login: Login) {
    let (output, port) = login.end();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    assert_eq!(output.stdout, b"Logged in as ada@example.test\n");
    assert!(!stderr.contains("anim_"), "{stderr}");
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "the port is free again");
}

#[tokio::test]
async fn the_browser_brings_the_key() {
    let (home, server) = (Home::with_key(OLD_KEY), server(KEY).await);
    let login = Login::start(oanim(&home, &server));
    assert_eq!(login.url.path(), "/api/v1/auth/cli/login");
    assert_eq!(login.url.query(), Some(format!("port={}", login.port).as_str()));
    let answer = login.get(&format!("/callback?key={KEY}"));
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(!answer.contains(KEY) && !answer.to_lowercase().contains("access-control"), "{answer}");
    assert!(!answer.contains("http://") && !answer.contains("<script"), "{answer}");
    succeeded(login);
    assert_eq!(home.saved().expect("saved"), format!("api_key: {KEY}\n"));
    assert_eq!(home.mode(".oanim/credentials.yaml"), 0o600);
}

#[tokio::test]
async fn strangers_change_nothing() {
    let (home, server) = (Home::with_key(OLD_KEY), server(KEY).await);
    let login = Login::start(oanim(&home, &server));
    let own = format!("Host: 127.0.0.1:{}", login.port);
    for (head, status) in [
        (format!("GET /favicon.ico HTTP/1.1\r\n{own}\r\n\r\n"), 404),
        (format!("GET /other?key=anim_evil HTTP/1.1\r\n{own}\r\n\r\n"), 404),
        (format!("GET /callback?error=access_denied HTTP/1.1\r\n{own}\r\n\r\n"), 400),
        (format!("GET /callback?key= HTTP/1.1\r\n{own}\r\n\r\n"), 400),
        (
            format!(
                "GET /callback?key=<script> HTTP/1.1\r\nHost: evil.test:{}\r\n\r\n",
                login.port
            ),
            400,
        ),
        (
            format!("POST /callback?key=anim_evil HTTP/1.1\r\n{own}\r\ncontent-length: 0\r\n\r\n"),
            405,
        ),
        (format!("OPTIONS /callback?key=anim_evil HTTP/1.1\r\n{own}\r\n\r\n"), 405),
        ("nonsense\r\n\r\n".to_owned(), 400),
    ] {
        let answer = login.request(&head);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{head}{answer}");
        assert!(!answer.contains("<script>"), "{answer}");
        assert!(home.saved().expect("kept").contains(OLD_KEY));
    }
    assert_eq!(asked(&server).await, 0);
    login.get(&format!("/callback?key={KEY}&more=1"));
    succeeded(login);
}

#[tokio::test]
async fn connections_that_say_nothing_hold_up_nobody() {
    let (home, server) = (Home::new(), server(KEY).await);
    let login = Login::start(oanim(&home, &server));
    let idle: Vec<_> = (0..20)
        .map(|_| TcpStream::connect(("127.0.0.1", login.port)).expect("listening"))
        .collect();
    let mut half = TcpStream::connect(("127.0.0.1", login.port)).expect("listening");
    half.write_all(b"GET /callback?key=anim_e").expect("sent");
    // Keep-alive is what the browser asks for; the connection is closed all the same.
    login.request(&format!(
        "GET /callback?key={KEY} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: keep-alive\r\n\r\n",
        login.port
    ));
    succeeded(login);
    drop((idle, half));
}

#[tokio::test]
async fn a_key_that_the_server_rejects_replaces_nothing() {
    let (home, server) = (Home::with_key(OLD_KEY), server(KEY).await);
    let login = Login::start(oanim(&home, &server));
    login.get("/callback?key=anim_wrong");
    let (output, _) = login.end();
    assert_eq!(output.status.code(), Some(4));
    assert_eq!(home.saved().expect("kept"), format!("api_key: {OLD_KEY}\n"));
}

#[tokio::test]
async fn the_browser_is_given_the_url_and_no_secret() {
    let (home, server) = (Home::new(), server(KEY).await);
    let mut command = oanim(&home, &server);
    command.env("BROWSER", recorder(&home, "echo noise; echo noise >&2; exec sleep 20"));
    command
        .env("ANIMATE_API_KEY", OLD_KEY)
        .env("ANIMATE_FAL_KEY", "fal_sesame")
        .env("DISPLAY", ":7");
    let login = Login::start(command);
    let seen = seen(&home);
    assert!(seen.starts_with(&format!("1\n{}\n", login.url)), "{seen}");
    assert!(seen.contains("DISPLAY=:7"));
    assert!(!seen.contains(OLD_KEY) && !seen.contains("sesame"), "{seen}");
    login.get(&format!("/callback?key={KEY}"));
    let (output, _) = login.end();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    assert!(stderr.contains("ANIMATE_API_KEY") && !stderr.contains("noise"), "{stderr}");
    assert_eq!(output.stdout, b"Logged in as ada@example.test\n");
}

#[rstest]
#[case::missing("/no/such/browser")]
#[case::failing("/bin/false")]
#[tokio::test]
async fn a_browser_that_will_not_open_is_no_reason_to_give_up(#[case] browser: &str) {
    let (home, server) = (Home::new(), server(KEY).await);
    let mut command = oanim(&home, &server);
    command.env("BROWSER", browser);
    let mut login = Login::start(command);
    let mut note = String::new();
    login.stderr.read_line(&mut note).expect("readable");
    assert!(note.contains("could not be opened") && note.contains(browser), "{note}");
    login.get(&format!("/callback?key={KEY}"));
    succeeded(login);
}

#[tokio::test]
async fn waiting_has_an_end() {
    let (home, server) = (Home::with_key(OLD_KEY), server(KEY).await);
    let mut command = oanim(&home, &server);
    command.env("OANIM_LOGIN_TIMEOUT", "1");
    let (output, _) = Login::start(command).end();
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("gave up after 1 second:"), "{stderr}");
    assert!(home.saved().expect("kept").contains(OLD_KEY));
}

#[tokio::test]
async fn an_interrupt_ends_it_and_changes_nothing() {
    let (home, server) = (Home::with_key(OLD_KEY), server(KEY).await);
    let login = Login::start(oanim(&home, &server));
    let killed = Command::new("/bin/kill").args(["-INT", &login.child.id().to_string()]).status();
    assert!(killed.expect("started").success());
    let (output, port) = login.end();
    assert!(!output.status.success());
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    assert!(home.saved().expect("kept").contains(OLD_KEY));
}

#[test]
fn a_limit_that_is_no_number_is_refused_before_anything_happens() {
    let home = Home::new();
    home.oanim("http://127.0.0.1:1")
        .env("OANIM_LOGIN_TIMEOUT", "soon")
        .arg("login")
        .assert()
        .code(2)
        .stderr(predicates::str::contains("OANIM_LOGIN_TIMEOUT"));
}

#[tokio::test]
async fn two_logins_at_once_do_not_meet() {
    let (one, other, server) = (Home::new(), Home::new(), server(KEY).await);
    let logins = [&one, &other].map(|home| Login::start(oanim(home, &server)));
    assert_ne!(logins[0].port, logins[1].port);
    for login in logins {
        login.get(&format!("/callback?key={KEY}"));
        succeeded(login);
    }
}
