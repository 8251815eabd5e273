//! HTTP/1.1 over TLS by hand: what comes, and when, is what these suites are about.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

pub(crate) const LIMIT: Duration = Duration::from_secs(30);
/// Where these clients come from, other than the proxies.
pub(crate) const CLIENT: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// Speaks to one proxy.
pub(crate) struct Wire {
    connector: TlsConnector,
    port: u16,
}

impl Wire {
    pub(crate) fn new(authority: &Path, port: u16) -> Self {
        let mut roots = RootCertStore::empty();
        let pem = fs::read(authority).unwrap();
        roots.add(CertificateDer::from_pem_slice(&pem).unwrap()).unwrap();
        let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        Self { connector: TlsConnector::from(Arc::new(config)), port }
    }

    /// A connection to `host`, whose certificate is checked.
    pub(crate) async fn connect(&self, host: &str) -> TlsStream<TcpStream> {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from((CLIENT, 0))).unwrap();
        let stream = socket.connect(SocketAddr::from(([127, 0, 0, 1], self.port))).await.unwrap();
        let name = ServerName::try_from(host.to_owned()).unwrap();
        timeout(LIMIT, self.connector.connect(name, stream)).await.expect("a handshake").unwrap()
    }

    /// Sends a request and gives the connection with the answer's head.
    pub(crate) async fn open(
        &self,
        request: &str,
        host: &str,
        headers: &str,
        body: &[u8],
    ) -> (TlsStream<TcpStream>, String) {
        let mut stream = self.connect(host).await;
        let port = self.port;
        let head = format!("{request} HTTP/1.1\r\nhost: {host}:{port}\r\n{headers}\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body).await.unwrap();
        // What a full socket doesn't take stays with TLS until then; reading sends none of it.
        stream.flush().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let byte = timeout(LIMIT, stream.read_u8()).await.expect("an answer");
            head.push(byte.unwrap_or_else(|error| panic!("{request} {host}: {error}")));
        }
        (stream, String::from_utf8_lossy(&head).into_owned())
    }

    /// One request on a connection of its own, and all of the answer.
    pub(crate) async fn ask(
        &self,
        request: &str,
        host: &str,
        headers: &str,
        body: &[u8],
    ) -> String {
        let headers = format!("connection: close\r\n{headers}");
        let (mut stream, mut head) = self.open(request, host, &headers, body).await;
        let mut rest = Vec::new();
        // Some proxies end the connection without TLS's own word.
        let _ = timeout(LIMIT, stream.read_to_end(&mut rest)).await.expect("the end");
        head.push_str(&String::from_utf8_lossy(&rest));
        head
    }
}

/// Reads until `wanted` has come.
pub(crate) async fn until(stream: &mut TlsStream<TcpStream>, wanted: &str) {
    let mut seen = Vec::new();
    let mut piece = [0; 4096];
    while !String::from_utf8_lossy(&seen).contains(wanted) {
        let read = stream.read(&mut piece).await.unwrap();
        assert!(read > 0, "it ended before {wanted:?}: {}", String::from_utf8_lossy(&seen));
        seen.extend_from_slice(&piece[..read]);
    }
}
