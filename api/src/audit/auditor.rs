//! Writes entries down that weren't committed with what they tell of, in batches and beside the
//! answers. A process that is killed loses those of the last moments; they are of requests that
//! were refused, or that changed a row of their own in a transaction that is committed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sandboxd_shared::domain::NewAuditEntry;
use sandboxd_shared::store::{Store, StoreError, audit};
use tokio::sync::{mpsc, oneshot};

/// Entries that wait; further ones are dropped, which is logged.
const QUEUE: usize = 4096;
/// Entries of one transaction.
const BATCH: usize = 256;
/// How long a process that ends waits for the last of them.
const LAST: Duration = Duration::from_secs(2);

/// Takes entries.
#[derive(Debug, Clone)]
pub(crate) struct Auditor {
    sender: mpsc::Sender<Message>,
    dropped: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Message {
    Entry(Box<NewAuditEntry>),
    /// All before it is to be written; then it is answered.
    Flush(oneshot::Sender<()>),
}

impl Auditor {
    /// An auditor whose writer ends when it is dropped. To be called inside a runtime.
    pub(crate) fn start(store: Store) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let dropped = Arc::new(AtomicU64::new(0));
        tokio::spawn(write(store, receiver, Arc::clone(&dropped)));
        Self { sender, dropped }
    }

    /// Takes an entry; never waits.
    pub(crate) fn take(&self, entry: NewAuditEntry) {
        if self.sender.try_send(Message::Entry(Box::new(entry))).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until what was taken is written.
    pub(crate) async fn flush(&self) {
        let (done, is_done) = oneshot::channel();
        let flush = async {
            if self.sender.send(Message::Flush(done)).await.is_ok() {
                let _ = is_done.await;
            }
        };
        if tokio::time::timeout(LAST, flush).await.is_err() {
            tracing::warn!("the audit log was left behind");
        }
    }
}

async fn write(store: Store, mut receiver: mpsc::Receiver<Message>, dropped: Arc<AtomicU64>) {
    let mut messages = Vec::with_capacity(BATCH);
    while receiver.recv_many(&mut messages, BATCH).await > 0 {
        let (mut entries, mut flushes) = (Vec::new(), Vec::new());
        for message in messages.drain(..) {
            match message {
                Message::Entry(entry) => entries.push(entry),
                Message::Flush(done) => flushes.push(done),
            }
        }
        if let Err(error) = append(&store, &entries).await {
            let (error, lost) = (&error as &dyn std::error::Error, entries.len());
            tracing::error!(error, lost, "the audit log could not be written");
        }
        let lost = dropped.swap(0, Ordering::Relaxed);
        if lost > 0 {
            tracing::error!(lost, "the audit log could not be written as fast as requests came");
        }
        for done in flushes {
            let _ = done.send(());
        }
    }
}

async fn append(store: &Store, entries: &[Box<NewAuditEntry>]) -> Result<(), StoreError> {
    if entries.is_empty() {
        return Ok(());
    }
    let mut tx = store.write_lightly().await?;
    for entry in entries {
        audit::append(&mut tx, entry).await?;
    }
    tx.commit_quietly().await
}
