//! Small applications as they might run in a sandbox.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinHandle;

use super::Wire;

pub(crate) struct App {
    pub(crate) port: u16,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
    accepting: JoinHandle<()>,
}

impl App {
    /// Runs `serve` on each connection.
    pub(crate) async fn new<S, F>(serve: S) -> Self
    where
        S: Fn(Wire) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        Self::on(0, serve)
    }

    pub(crate) fn on<S, F>(port: u16, serve: S) -> Self
    where
        S: Fn(Wire) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = listen(port);
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&connections);
        let accepting = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                counter.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(Wire::new(stream)));
            }
        });
        Self { port, connections, requests: Arc::default(), accepting }
    }

    /// Answers every request with its own head, and remembers its first line.
    pub(crate) async fn echo() -> Self {
        Self::echo_on(0)
    }

    pub(crate) fn echo_on(port: u16) -> Self {
        let requests: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = Arc::clone(&requests);
        let app = Self::on(port, move |wire| echo(wire, Arc::clone(&seen)));
        Self { requests, ..app }
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// First lines of what an echo app received.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// Stops listening. The port is free for another.
    pub(crate) async fn stop(self) {
        self.accepting.abort();
        let _ = self.accepting.await;
    }
}

async fn echo(mut wire: Wire, seen: Arc<Mutex<Vec<String>>>) {
    while let Some(head) = wire.head().await {
        seen.lock().unwrap().push(head.first.clone());
        let body = wire.body(&head).await;
        let text = format!("{head:?}\n{body}");
        wire.send(&format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{text}", text.len()))
            .await;
    }
}

/// A port that was in use a moment ago can be taken again, and many may knock at once.
fn listen(port: u16) -> TcpListener {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, 1], port))).unwrap();
    socket.listen(2048).unwrap()
}
