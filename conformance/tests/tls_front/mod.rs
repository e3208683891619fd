//! What stands before a platform and speaks TLS, well or with a mistake.

#![allow(dead_code, reason = "each test uses its part")]

use std::net::SocketAddr;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::Deserialize;
use tokio::io::{AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

/// What a front does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mistake {
    /// It speaks plain HTTP at the same port.
    PlainToo,
    /// It begins to speak TLS 1.1.
    OldVersions,
    /// The platform sends no HSTS; the front has nothing to do with it.
    NoHsts,
}

/// A front that is up. Dropping it stops it.
pub(crate) struct Front {
    pub(crate) url: String,
    /// The certificate, which nobody has signed but itself, as PEM.
    pub(crate) pem: String,
    pub(crate) certificate: CertificateDer<'static>,
    task: JoinHandle<()>,
}

impl Front {
    /// A front of the platform at this URL.
    pub(crate) async fn start(platform: &str, mistake: Option<Mistake>) -> Self {
        let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]);
        let certified = certified.expect("a certificate");
        let pem = certified.cert.pem();
        let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).expect("a key");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certified.cert.der().clone()], key)
            .expect("a certificate and its key");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let port = listener.local_addr().expect("a port").port();
        let upstream: SocketAddr =
            platform.trim_start_matches("http://").parse().expect("an address");
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, acceptor.clone(), upstream, mistake));
            }
        });
        let certificate = certified.cert.der().clone();
        Self { url: format!("https://localhost:{port}"), pem, certificate, task }
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    mut stream: TcpStream,
    acceptor: TlsAcceptor,
    upstream: SocketAddr,
    mistake: Option<Mistake>,
) {
    let mut head = [0; 11];
    let known = stream.peek(&mut head).await.unwrap_or_default();
    let is_hello = head[0] == 22;
    let Ok(mut platform) = TcpStream::connect(upstream).await else { return };
    match mistake {
        Some(Mistake::PlainToo) if !is_hello => {
            // The page at `/` of a host that serves something there.
            let page = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi";
            let _ = stream.write_all(page).await;
        }
        Some(Mistake::OldVersions) if known == head.len() && head[9..11] == [3, 2] => {
            // The beginning of a ServerHello of TLS 1.1.
            let _ = stream.write_all(&[22, 3, 2, 0, 4, 2, 0, 0, 0]).await;
        }
        _ => {
            if let Ok(mut secure) = acceptor.accept(stream).await {
                let _ = copy_bidirectional(&mut secure, &mut platform).await;
            }
        }
    }
}
