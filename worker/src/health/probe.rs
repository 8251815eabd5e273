//! One probe: what the preview's front page answers.

use std::fmt::Debug;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::Empty;
use hyper::Request;
use hyper::client::conn::http1;
use hyper::header::{CONNECTION, HOST, USER_AGENT};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// How long a probe may take, from dialling to the answer's head.
const LIMIT: Duration = Duration::from_secs(5);

/// Asks a preview.
#[async_trait]
pub trait Prober: Send + Sync + Debug {
    /// The status of the answer to `GET /`, or none if there is no answer.
    async fn probe(&self, address: IpAddr, port: u16) -> Option<u16>;
}

/// The real one. Reads the head of the answer only, and follows nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct HttpProber;

#[async_trait]
impl Prober for HttpProber {
    async fn probe(&self, address: IpAddr, port: u16) -> Option<u16> {
        tokio::time::timeout(LIMIT, get(SocketAddr::new(address, port))).await.ok()?
    }
}

async fn get(address: SocketAddr) -> Option<u16> {
    let stream = TcpStream::connect(address).await.ok()?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.ok()?;
    let request = Request::get("/")
        .header(HOST, format!("localhost:{}", address.port()))
        .header(USER_AGENT, "sandboxd-health")
        .header(CONNECTION, "close")
        .body(Empty::<Bytes>::new())
        .ok()?;
    let mut answer = std::pin::pin!(sender.send_request(request));
    // A short answer may come with the connection's end: then it is there to be taken all the same.
    let answer = tokio::select! {
        answer = &mut answer => answer,
        _ = connection => answer.await,
    };
    Some(answer.ok()?.status().as_u16())
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn the_status_is_read_and_the_body_is_not_waited_for() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            let n = stream.read(&mut request).await.unwrap();
            stream
                .write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 1000000\r\n\r\nx")
                .await
                .unwrap();
            String::from_utf8_lossy(&request[..n]).into_owned()
        });
        assert_eq!(HttpProber.probe(address.ip(), address.port()).await, Some(404));
        assert!(server.await.unwrap().starts_with("GET / HTTP/1.1\r\n"));
    }

    #[tokio::test]
    async fn nobody_there_is_no_answer() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        assert_eq!(HttpProber.probe(address.ip(), address.port()).await, None);
    }
}
