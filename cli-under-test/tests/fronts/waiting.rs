//! A command that waits for somebody: the tests are the browser.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

use url::Url;

const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Waiting {
    child: Child,
    stderr: BufReader<ChildStderr>,
    /// The address that the user is sent to.
    pub(crate) url: Url,
}

/// How a command ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Waiting {
    pub(crate) fn start(mut command: Command, arguments: &[&str]) -> Self {
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("started");
        let stderr = BufReader::new(child.stderr.take().expect("piped"));
        let url = Url::parse("about:blank").expect("a URL");
        let mut waiting = Self { child, stderr, url };
        let mut said = String::new();
        let mut line = String::new();
        while !line.starts_with("http") {
            said.push_str(&line);
            line = waiting.line();
            assert!(!line.is_empty(), "ended without an address: {said}");
        }
        waiting.url = Url::parse(line.trim_end_matches('\n')).expect("alone on its line");
        waiting
    }

    /// A line of what it says.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.stderr.read_line(&mut line).expect("readable");
        line
    }

    pub(crate) fn parameters(&self) -> HashMap<String, String> {
        self.url.query_pairs().into_owned().collect()
    }

    /// The address to come back to, as the parameter of that name says it.
    pub(crate) fn back(&self, parameter: &str) -> Url {
        Url::parse(&self.parameters()[parameter]).expect("a URL")
    }

    /// What a browser gets at the callback with these parameters.
    pub(crate) fn come_back(&self, parameter: &str, query: &[(&str, &str)]) -> String {
        let mut back = self.back(parameter);
        back.query_pairs_mut().extend_pairs(query);
        get(&back)
    }

    /// A browser that comes back when nobody may be listening any more.
    pub(crate) fn come_back_late(&self, query: &[(&str, &str)]) {
        let mut back = self.back("redirect_uri");
        back.query_pairs_mut().extend_pairs(query);
        let port = back.port().expect("a port");
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) {
            let path = &back[url::Position::BeforePath..];
            let _ = write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
            let _ = stream.read_to_string(&mut String::new());
        }
    }

    pub(crate) fn end(mut self) -> Ended {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("asked") {
                break status;
            }
            assert!(Instant::now() < deadline, "the command has not ended");
            std::thread::yield_now();
        };
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.stderr.read_to_string(&mut stderr).expect("readable");
        let mut pipe = self.child.stdout.take().expect("piped");
        pipe.read_to_string(&mut stdout).expect("readable");
        Ended { code: status.code(), stdout, stderr }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a browser gets at an address of this machine.
pub(crate) fn get(url: &Url) -> String {
    let (host, port) = (url.host_str().expect("a host"), url.port().expect("a port"));
    let mut stream = TcpStream::connect((host, port)).expect("listening");
    stream.set_read_timeout(Some(PATIENCE)).expect("set");
    let path = &url[url::Position::BeforePath..];
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n").expect("sent");
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}
