//! Listing and removing.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use hyper::StatusCode;
use sandboxd_shared::domain::FilePath;
use sandboxd_shared::node::{ENTRIES_MAX, Entries, Entry, frames};
use serde::Deserialize;
use serde_json::{Value, json};

use super::channel::{Channel, FRAME_LIMIT};
use super::failure::NodeError;
use super::ground::Purpose;
use super::service::{Id, Node};
use super::wire;

/// The most bytes of a listing that are kept; further entries are left out.
const LISTING_MAX: usize = 2 << 20;
/// The longest line of an entry: a path of 4 KiB, escaped at worst.
const LINE_MAX: usize = 32 * 1024;

#[derive(Debug, Deserialize)]
pub(super) struct Which {
    path: FilePath,
    #[serde(default)]
    recursive: bool,
}

#[derive(Debug, Deserialize)]
struct End {
    truncated: bool,
}

pub(super) async fn list(
    State(node): State<Arc<Node>>,
    Id(id): Id,
    Query(which): Query<Which>,
) -> Result<Json<Entries>, NodeError> {
    let mut channel = node.open(id, Purpose::Read).await?;
    let arguments = json!({
        "path": which.path.as_str(), "recursive": which.recursive, "limit": ENTRIES_MAX,
    });
    channel.ask::<Value>("files.list", arguments).await?;
    let entries = read_entries(&mut channel).await?;
    channel.was_whole().await?;
    Ok(Json(entries))
}

async fn read_entries(channel: &mut Channel) -> Result<Entries, NodeError> {
    let mut listing = Listing::default();
    loop {
        let frame = channel.frame(Some(FRAME_LIMIT)).await?;
        match frame.kind {
            frames::OUT => listing.take(&frame.payload)?,
            frames::END => {
                let end: End = wire::read(&frame.payload)?;
                return listing.finish(end.truncated);
            }
            _ => return Err(NodeError::unreadable("an unknown frame")),
        }
    }
}

/// Lines of JSON, wherever the frames cut them.
#[derive(Debug, Default)]
struct Listing {
    entries: Vec<Entry>,
    rest: Vec<u8>,
    bytes: usize,
    full: bool,
}

impl Listing {
    fn take(&mut self, bytes: &[u8]) -> Result<(), NodeError> {
        self.rest.extend_from_slice(bytes);
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            self.add(&line)?;
        }
        match self.rest.len() {
            0..=LINE_MAX => Ok(()),
            _ => Err(NodeError::unreadable("an entry that is too long")),
        }
    }

    fn add(&mut self, line: &[u8]) -> Result<(), NodeError> {
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        self.bytes += line.len();
        let most = usize::try_from(ENTRIES_MAX).unwrap_or(usize::MAX);
        if self.bytes > LISTING_MAX || self.entries.len() >= most {
            self.full = true;
            return Ok(());
        }
        let mut entry: Entry = serde_json::from_slice(line).map_err(NodeError::unreadable)?;
        entry.mode &= 0o7777;
        self.entries.push(entry);
        Ok(())
    }

    fn finish(mut self, truncated: bool) -> Result<Entries, NodeError> {
        let rest = std::mem::take(&mut self.rest);
        self.add(&rest)?;
        Ok(Entries { entries: self.entries, truncated: truncated || self.full })
    }
}

pub(super) async fn remove(
    State(node): State<Arc<Node>>,
    Id(id): Id,
    Query(which): Query<Which>,
) -> Result<StatusCode, NodeError> {
    let mut channel = node.open(id, Purpose::Change).await?;
    let arguments = json!({ "path": which.path.as_str(), "recursive": which.recursive });
    channel.ask::<Value>("files.remove", arguments).await?;
    channel.close().await;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(path: &str) -> String {
        let entry = json!({
            "path": path, "type": "file", "size": 1, "mode": 0o100_644, "modified_ms": 5, "x": 1
        });
        format!("{entry}\n")
    }

    #[test]
    fn lines_may_be_cut_anywhere() {
        let text = format!("{}{}", line("a"), line("b"));
        let mut listing = Listing::default();
        for piece in text.as_bytes().chunks(7) {
            listing.take(piece).unwrap();
        }
        let found = listing.finish(false).unwrap();
        let paths: Vec<&str> = found.entries.iter().map(|entry| entry.path.as_str()).collect();
        assert_eq!(paths, ["a", "b"]);
        assert_eq!((found.entries[0].mode, found.truncated), (0o644, false));
    }

    #[test]
    fn a_listing_without_end_is_cut() {
        let mut listing = Listing::default();
        assert!(listing.take(&vec![b'x'; LINE_MAX + 1]).is_err());
        let mut listing = Listing::default();
        let line = line(&"n".repeat(1000));
        for _ in 0..3 * LISTING_MAX / line.len() {
            listing.take(line.as_bytes()).unwrap();
        }
        let found = listing.finish(false).unwrap();
        assert!(found.truncated);
        assert!(found.entries.len() * line.len() <= LISTING_MAX);
    }
}
