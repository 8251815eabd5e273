//! HTTP/1.1 by hand: exact bytes out, and no more read than asked for.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::LIMIT;

/// Who takes nothing for so long takes nothing.
const STUCK: Duration = Duration::from_millis(500);

pub(crate) struct Wire(BufReader<TcpStream>);

/// The lines of a message head.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) first: String,
    lines: Vec<(String, String)>,
}

impl Head {
    pub(crate) fn status(&self) -> u16 {
        self.first.split(' ').nth(1).unwrap().parse().unwrap()
    }

    /// The values of a header, joined with `|` if there are several.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let values: Vec<_> = self.lines.iter().filter(|l| l.0 == name).map(|l| &*l.1).collect();
        (!values.is_empty()).then(|| values.join("|"))
    }
}

impl Wire {
    pub(crate) fn new(stream: TcpStream) -> Self {
        stream.set_nodelay(true).unwrap();
        Self(BufReader::new(stream))
    }

    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self::new(TcpStream::connect(address).await.unwrap())
    }

    pub(crate) async fn send(&mut self, text: &str) {
        self.0.get_mut().write_all(text.as_bytes()).await.unwrap();
    }

    /// False once the peer has closed.
    pub(crate) async fn try_send(&mut self, text: &str) -> bool {
        self.0.get_mut().write_all(text.as_bytes()).await.is_ok()
    }

    /// None at the end of the connection.
    pub(crate) async fn head(&mut self) -> Option<Head> {
        let first = self.line().await?;
        let mut lines = Vec::new();
        loop {
            let line = self.line().await?;
            let Some((name, value)) = line.split_once(':') else {
                return Some(Head { first, lines });
            };
            lines.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }

    async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = timeout(LIMIT, self.0.read_line(&mut line)).await.expect("a line in time");
        (read.unwrap_or(0) > 0).then(|| line.trim_end().to_owned())
    }

    pub(crate) async fn exactly(&mut self, length: usize) -> String {
        let mut bytes = vec![0; length];
        timeout(LIMIT, self.0.read_exact(&mut bytes)).await.expect("bytes in time").unwrap();
        String::from_utf8(bytes).unwrap()
    }

    /// None if the connection ends before that many bytes.
    pub(crate) async fn next(&mut self, length: usize) -> Option<String> {
        let mut bytes = vec![0; length];
        self.0.read_exact(&mut bytes).await.ok()?;
        String::from_utf8(bytes).ok()
    }

    /// One piece of a chunked body; empty at its end.
    pub(crate) async fn chunk(&mut self) -> String {
        let length = self.line().await.expect("a chunk size");
        let data = self.exactly(usize::from_str_radix(&length, 16).unwrap()).await;
        self.exactly(2).await;
        data
    }

    /// The same, up to the lines that follow the last chunk: those are left.
    pub(crate) async fn chunk_without_end(&mut self) -> String {
        let length = self.line().await.expect("a chunk size");
        let length = usize::from_str_radix(&length, 16).unwrap();
        let data = self.exactly(length).await;
        if length > 0 {
            self.exactly(2).await;
        }
        data
    }

    /// How many lines come before an empty one.
    pub(crate) async fn head_lines(&mut self) -> usize {
        let mut lines = 0;
        while !self.line().await.expect("a line").is_empty() {
            lines += 1;
        }
        lines
    }

    /// Sends until nothing is taken for a while or `most` bytes were; says how many were.
    pub(crate) async fn send_until_stuck(&mut self, most: usize) -> usize {
        let (piece, mut taken) = (vec![b'x'; 64 * 1024], 0);
        while taken < most
            && let Ok(written) = timeout(STUCK, self.0.get_mut().write(&piece)).await
        {
            taken += written.unwrap();
        }
        taken
    }

    /// The body that a head announces.
    pub(crate) async fn body(&mut self, head: &Head) -> String {
        if head.get("transfer-encoding").as_deref() == Some("chunked") {
            let mut body = String::new();
            loop {
                match self.chunk().await {
                    last if last.is_empty() => return body,
                    chunk => body.push_str(&chunk),
                }
            }
        }
        let length = head.get("content-length").map_or(0, |length| length.parse().unwrap());
        self.exactly(length).await
    }

    pub(crate) async fn answer(&mut self) -> (Head, String) {
        let head = self.head().await.expect("an answer");
        let body = self.body(&head).await;
        (head, body)
    }

    /// Waits for the peer to close, in whatever way.
    pub(crate) async fn closed(&mut self) {
        let mut rest = Vec::new();
        let _ = timeout(LIMIT, self.0.read_to_end(&mut rest)).await.expect("closed in time");
    }
}
