//! The connection itself: what a server does with plain HTTP and with versions that are over.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use url::Url;

use super::need;
use super::part::Part;
use super::play::{Halt, Play, stuck};

/// What the server does with plain HTTP and with TLS 1.1.
pub static TLS: Part = Part {
    id: "tls",
    story: "the server is asked by TLS, by plain HTTP on the same port, and by TLS 1.1",
    needs: &[&need::HTTPS],
    play: |play| Box::pin(tls(play)),
};

/// The longest answer that is looked at, in bytes.
const LONGEST: usize = 512;

async fn tls(play: &mut Play<'_>) -> Result<(), Halt> {
    let url = Url::parse(&play.terms.url).or_else(|_| stuck("the URL is none"))?;
    let Some(host) = url.host_str().map(|host| host.trim_matches(['[', ']']).to_owned()) else {
        return stuck("the URL has no host");
    };
    let port = url.port_or_known_default().unwrap_or(443);
    if let Some(protected) = play.terms.protected() {
        play.send("tls", protected).await?;
    }
    let plain = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    let answer = play.raw(&host, port, plain.as_bytes()).await?;
    play.keep("plain", &String::from_utf8_lossy(&answer));
    let answer = play.raw(&host, port, &client_hello(TLS_1_1, &host)).await?;
    play.keep("tls-1.1", if is_server_hello(&answer) { "spoken" } else { "refused" });
    Ok(())
}

impl Play<'_> {
    /// Sends bytes, and returns the beginning of what comes back, if anything does.
    async fn raw(&self, host: &str, port: u16, bytes: &[u8]) -> Result<Vec<u8>, Halt> {
        let exchange = async {
            let mut stream = TcpStream::connect((host, port)).await?;
            stream.write_all(bytes).await?;
            let mut answer = vec![0; LONGEST];
            // A server that closes the connection, however rudely, has refused.
            let count = stream.read(&mut answer).await.unwrap_or_default();
            answer.truncate(count);
            Ok::<_, std::io::Error>(answer)
        };
        match self.wire.raw(exchange).await.map_err(|_| Halt::Interrupted)? {
            Some(Ok(answer)) => Ok(answer),
            Some(Err(error)) => stuck(format!("cannot connect: {error}")),
            None => Ok(Vec::new()),
        }
    }
}

/// TLS 1.1, RFC 4346.
const TLS_1_1: [u8; 2] = [3, 2];

/// A ClientHello that offers this version at most, RFC 4346 section 7.4.1.2, with suites that every
/// server of its time knew.
fn client_hello(version: [u8; 2], host: &str) -> Vec<u8> {
    const SUITES: [u8; 12] =
        [0xC0, 0x13, 0xC0, 0x14, 0xC0, 0x09, 0xC0, 0x0A, 0x00, 0x2F, 0x00, 0x35];
    // Groups P-256 and X25519, and uncompressed points.
    const EXTENSIONS: [u8; 16] = [0, 10, 0, 6, 0, 4, 0, 23, 0, 29, 0, 11, 0, 2, 1, 0];
    let mut hello = version.to_vec();
    hello.extend(rand::random::<[u8; 32]>());
    hello.push(0);
    hello.extend([0, 12]);
    hello.extend(SUITES);
    hello.extend([1, 0]);
    let name = server_name(host);
    hello.extend(length(name.len() + EXTENSIONS.len()));
    hello.extend(name);
    hello.extend(EXTENSIONS);
    let mut record = vec![22, 3, 1];
    record.extend(length(hello.len() + 4));
    record.extend([1, 0]);
    record.extend(length(hello.len()));
    record.extend(hello);
    record
}

/// A length as two bytes.
fn length(bytes: usize) -> [u8; 2] {
    u16::try_from(bytes).unwrap_or_default().to_be_bytes()
}

/// The extension that names the host, RFC 6066 section 3: a front of many hosts refuses who names
/// none, whatever the version. An address has no place in it.
fn server_name(host: &str) -> Vec<u8> {
    if host.parse::<std::net::IpAddr>().is_ok() {
        return Vec::new();
    }
    let mut extension = vec![0, 0];
    extension.extend(length(host.len() + 5));
    extension.extend(length(host.len() + 3));
    extension.push(0);
    extension.extend(length(host.len()));
    extension.extend(host.as_bytes());
    extension
}

/// Whether this is a handshake record that begins with a ServerHello.
fn is_server_hello(answer: &[u8]) -> bool {
    answer.first() == Some(&22) && answer.get(5) == Some(&2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::a_name("platform.example", true)]
    #[case::an_address("192.0.2.1", false)]
    #[case::an_address_of_six("2001:db8::1", false)]
    fn a_hello_says_how_long_it_is_and_for_whom(#[case] host: &str, #[case] named: bool) {
        let hello = client_hello(TLS_1_1, host);
        let name = host.as_bytes();
        assert_eq!(hello.windows(name.len()).any(|window| window == name), named);
        assert_eq!(usize::from(u16::from_be_bytes([hello[3], hello[4]])), hello.len() - 5);
        assert_eq!(usize::from(u16::from_be_bytes([hello[7], hello[8]])), hello.len() - 9);
        assert!(is_server_hello(&[22, 3, 2, 0, 50, 2]) && !is_server_hello(&[21, 3, 1, 0, 2, 2]));
    }
}
