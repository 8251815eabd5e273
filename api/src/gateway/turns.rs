//! Whose turn it is on a client connection, and how long a client may take over its own.

use std::io::IoSlice;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{self, AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::config::Limits;
use super::handler::Client;

/// In place of a time: not so now.
const NEVER: u64 = u64::MAX;

/// Times are milliseconds after `connected`.
pub(crate) struct Turns {
    connected: Instant,
    /// Since when the client is to send a request head; `NEVER` while one is answered.
    head_due_since: AtomicU64,
    /// Since when the client takes nothing of what we have for it.
    blocked_since: AtomicU64,
}

impl Turns {
    pub(crate) fn new() -> Self {
        let (head_due_since, blocked_since) = (AtomicU64::new(0), AtomicU64::new(NEVER));
        Self { connected: Instant::now(), head_due_since, blocked_since }
    }

    /// A request head has arrived.
    pub(crate) fn begin(&self) {
        self.head_due_since.store(NEVER, Ordering::Relaxed);
    }

    /// The answer is produced, though perhaps not all of it sent.
    fn end(&self) {
        self.head_due_since.store(self.now(), Ordering::Relaxed);
    }

    fn blocked(&self) {
        let since = &self.blocked_since;
        let _ = since.compare_exchange(NEVER, self.now(), Ordering::Relaxed, Ordering::Relaxed);
    }

    fn progressed(&self) {
        if self.blocked_since.load(Ordering::Relaxed) == NEVER {
            return;
        }
        self.blocked_since.store(NEVER, Ordering::Relaxed);
        // A slow client has only now got more of the answer: no head is due before its end.
        if self.head_due_since.load(Ordering::Relaxed) != NEVER {
            self.end();
        }
    }

    /// For how long to wait before asking again; none if the client has used its time up.
    pub(crate) fn patience(&self, limits: &Limits) -> Option<Duration> {
        self.patience_at(self.now(), limits)
    }

    fn patience_at(&self, now: u64, limits: &Limits) -> Option<Duration> {
        let since = |time: &AtomicU64| match time.load(Ordering::Relaxed) {
            NEVER => None,
            since => Some(Duration::from_millis(now.saturating_sub(since))),
        };
        let left = match (since(&self.blocked_since), since(&self.head_due_since)) {
            (Some(blocked), _) => limits.write_stall.saturating_sub(blocked),
            (None, Some(due)) => limits.header_read.saturating_sub(due),
            (None, None) => limits.header_read,
        };
        (!left.is_zero()).then(|| left.min(limits.header_read))
    }

    fn now(&self) -> u64 {
        u64::try_from(self.connected.elapsed().as_millis()).unwrap_or(NEVER - 1)
    }
}

/// Kept with the answer; when the answer is through, it is the client's turn again.
pub(crate) struct Turn(pub(crate) Arc<Client>);

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.turns.end();
    }
}

/// The client's socket, noting whether the client takes what is sent.
pub(crate) struct ClientStream {
    pub(crate) stream: TcpStream,
    pub(crate) client: Arc<Client>,
}

impl ClientStream {
    fn noting(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        match written {
            Poll::Pending => self.client.turns.blocked(),
            Poll::Ready(_) => self.client.turns.progressed(),
        }
        written
    }
}

impl AsyncRead for ClientStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for ClientStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.noting(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.noting(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: u64 = 1_000;
    const STALL: u64 = 5_000;

    fn left(turns: &Turns, now: u64) -> Option<u64> {
        let (header_read, write_stall) =
            (Duration::from_millis(HEAD), Duration::from_millis(STALL));
        let limits = Limits { header_read, write_stall, ..Limits::default() };
        turns.patience_at(now, &limits).map(|left| left.as_millis() as u64)
    }

    #[test]
    fn a_head_is_due_in_time_but_not_while_we_answer() {
        let turns = Turns::new();
        assert_eq!(left(&turns, 400), Some(600));
        assert_eq!(left(&turns, HEAD), None);
        turns.begin();
        assert_eq!(left(&turns, 60_000), Some(HEAD));
    }

    #[test]
    fn a_slow_reader_gets_its_own_limit_and_then_a_fresh_one_for_the_head() {
        let turns = Turns::new();
        turns.blocked();
        assert_eq!(left(&turns, HEAD + 1), Some(HEAD), "not cut as one that sends no head");
        assert_eq!(left(&turns, STALL + 1_000), None);
        turns.head_due_since.store(0, Ordering::Relaxed);
        turns.progressed();
        let now = turns.now();
        assert!(turns.head_due_since.load(Ordering::Relaxed) <= now);
        assert!(left(&turns, now).is_some_and(|left| left > HEAD / 2));
    }
}
