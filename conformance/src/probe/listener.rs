//! The loopback listener that a browser comes back to.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

const PAGE: &str = "<!doctype html><title>authspec</title><p>You can close this page.";

/// The longest request that is read, in bytes.
const LONGEST: usize = 64 * 1024;

/// A listener on a loopback port that was free.
#[derive(Debug)]
pub struct Listener {
    listener: TcpListener,
    port: u16,
}

impl Listener {
    /// Listens.
    ///
    /// # Errors
    /// When the machine gives no port.
    pub async fn bind() -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        Ok(Self { listener, port })
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Waits for the next request that has a query, and returns its path and query. Who connects
    /// and says nothing, as browsers do ahead of time, keeps nobody waiting.
    pub async fn next(&self) -> String {
        let mut answering = JoinSet::new();
        loop {
            tokio::select! {
                accepted = self.listener.accept() => {
                    if let Ok((stream, _)) = accepted {
                        answering.spawn(answer(stream));
                    }
                }
                Some(answered) = answering.join_next() => {
                    if let Ok(Some(target)) = answered
                        && target.contains('?')
                    {
                        return target;
                    }
                }
            }
        }
    }
}

async fn answer(mut stream: TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut chunk = [0; 4096];
    while !head.windows(4).any(|window| window == b"\r\n\r\n") && head.len() < LONGEST {
        let count = stream.read(&mut chunk).await.ok()?;
        if count == 0 {
            return None;
        }
        head.extend_from_slice(&chunk[..count]);
    }
    let head = String::from_utf8_lossy(&head);
    let target = head.strip_prefix("GET ")?.split(' ').next()?.to_owned();
    let length = PAGE.len();
    let reply = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{PAGE}"
    );
    stream.write_all(reply.as_bytes()).await.ok()?;
    Some(target)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn who_says_nothing_keeps_nobody_waiting() {
        let listener = Listener::bind().await.expect("a port");
        let connect = || TcpStream::connect(("127.0.0.1", listener.port()));
        let _silent = connect().await.expect("a connection");
        let mut speaking = connect().await.expect("a connection");
        speaking.write_all(b"GET /callback?code=1 HTTP/1.1\r\n\r\n").await.expect("sent");
        let target = tokio::time::timeout(Duration::from_secs(20), listener.next()).await;
        assert_eq!(target.expect("in time"), "/callback?code=1");
    }
}
