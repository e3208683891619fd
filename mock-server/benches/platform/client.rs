//! The client: it sends the same request over and over on 32 connections, and counts answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use crate::server::Server;

const CONNECTIONS: usize = 32;

/// One thread that asks.
pub(crate) struct Client(Runtime);

impl Client {
    pub(crate) fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build();
        Self(runtime.expect("a runtime"))
    }

    /// Answers a second, all of which are 200.
    pub(crate) fn rate(&self, server: &Server, request: &str, round: Duration) -> f64 {
        let begin = Instant::now();
        let answers = self.ask(server, request, move |_| begin.elapsed() < round);
        f64::from(answers) / begin.elapsed().as_secs_f64()
    }

    /// So many answers.
    pub(crate) fn times(&self, server: &Server, request: &str, count: u32) {
        self.ask(server, request, move |sent| sent < count);
    }

    /// One answer, on a connection of its own.
    pub(crate) fn once(&self, server: &Server, request: &str) {
        self.0.block_on(async {
            let mut stream = TcpStream::connect(&server.address).await.expect("it listens");
            answer(&mut stream, server.request(request), &mut vec![0; 4096]).await;
        });
    }

    /// Asks on all connections for as long as `goes_on` says, which is given how many requests
    /// were sent.
    fn ask(
        &self,
        server: &Server,
        request: &str,
        goes_on: impl Fn(u32) -> bool + Copy + Send + 'static,
    ) -> u32 {
        let sent = Arc::new(AtomicU32::new(0));
        let request: Arc<[u8]> = server.request(request).into();
        self.0.block_on(async {
            let mut connections = JoinSet::new();
            for _ in 0..CONNECTIONS {
                let (sent, request) = (Arc::clone(&sent), Arc::clone(&request));
                let address = server.address.clone();
                connections.spawn(async move {
                    let mut stream = TcpStream::connect(address).await.expect("it listens");
                    stream.set_nodelay(true).expect("a socket's option");
                    let mut buffer = vec![0; 16 * 1024];
                    while goes_on(sent.fetch_add(1, Ordering::Relaxed)) {
                        answer(&mut stream, &request, &mut buffer).await;
                    }
                });
            }
            connections.join_all().await;
        });
        sent.load(Ordering::Relaxed).saturating_sub(u32::try_from(CONNECTIONS).unwrap_or(u32::MAX))
    }
}

/// Asks once; the answer has to be a 200 that says how long it is.
async fn answer(stream: &mut TcpStream, request: &[u8], buffer: &mut [u8]) {
    stream.write_all(request).await.expect("it takes requests");
    let mut filled = 0;
    while !is_whole(&buffer[..filled]) {
        let read = stream.read(&mut buffer[filled..]).await.expect("an answer");
        assert_ne!(read, 0, "the connection stays");
        filled += read;
    }
    assert!(buffer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&buffer[..filled]));
}

fn is_whole(answer: &[u8]) -> bool {
    let text = str::from_utf8(answer).unwrap_or_default();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    length.and_then(|length| length.parse().ok()) == Some(body.len())
}
