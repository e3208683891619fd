//! The proxy at which every request to another host than loopback ends: it is written down and
//! refused at once, so that a tool that phones home neither reaches anybody nor waits for it.

use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

/// The refusing proxy of one scenario. Dropping it stops it.
#[derive(Debug)]
pub struct Egress {
    url: String,
    attempts: Arc<Mutex<Vec<String>>>,
    serving: tokio::task::JoinHandle<()>,
}

impl Egress {
    /// Starts one on a free loopback port.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let attempts = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&attempts);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(refuse(stream, Arc::clone(&seen)));
            }
        });
        Ok(Self { url, attempts, serving })
    }

    /// The proxy's URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The hosts that were asked for since the last call: `host:port` for a tunnel, the whole URL
    /// for plain HTTP.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.attempts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Egress {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn refuse(mut stream: tokio::net::TcpStream, seen: Arc<Mutex<Vec<String>>>) {
    let (reading, mut writing) = stream.split();
    let mut lines = BufReader::new(reading).lines();
    // Noted before it is answered: who has the answer has been noted.
    if let Ok(Some(request)) = lines.next_line().await {
        let target = request.split(' ').nth(1).unwrap_or("an unreadable request").to_owned();
        seen.lock().unwrap_or_else(PoisonError::into_inner).push(target);
    }
    while let Ok(Some(header)) = lines.next_line().await {
        if header.is_empty() {
            break;
        }
    }
    let refusal = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    // Whether the refusal arrives is the tool's affair.
    let _ = writing.write_all(refusal.as_bytes()).await;
}
