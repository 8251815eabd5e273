//! `files.list`: what is in a folder, in order and bounded.

use std::collections::VecDeque;
use std::ffi::{CStr, CString};
use std::io;

use rustix::fs::{FileType, Stat};
use rustix::io::Errno;
use serde::Serialize;

use super::app_path::{AppPath, MAX_PATH};
use super::descent::{Descent, type_of};
use super::fault;
use super::home::Home;
use super::names::first;
use super::read::modified_ms;
use crate::framing::{MAX_PAYLOAD, kind};
use crate::protocol::Refusal;
use crate::stream::Stream;

/// Most entries that a caller can ask for.
pub(crate) const MAX_ENTRIES: usize = 10_000;
/// Lines are sent once this many bytes of them are there; one more line fits a frame.
const BATCH: usize = MAX_PAYLOAD - 6 * MAX_PATH - 1024;

#[derive(Serialize)]
struct Entry<'a> {
    path: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    size: i64,
    mode: u32,
    modified_ms: i64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    lossy: bool,
}

#[derive(Serialize)]
struct End {
    truncated: bool,
}

/// Sends up to `limit` entries, a folder's before what is in it.
pub(crate) fn list(
    home: &Home,
    path: &AppPath,
    recursive: bool,
    limit: usize,
    stream: &mut Stream,
) -> io::Result<()> {
    let opened = home.app().and_then(|tree| tree.directory(path)).and_then(|folder| {
        let descent = Descent::new(folder).map_err(|error| fault(path.or_dot(), error))?;
        let names = first(descent.folder(), limit + 1);
        let names = names.map_err(|error| fault(path.or_dot(), error))?;
        Ok((descent, names))
    });
    let (descent, names) = match opened {
        Ok(opened) => opened,
        Err(refusal) => return stream.answer(Err(refusal)),
    };
    stream.answer(Ok(serde_json::Map::new()))?;
    let path = path.as_str().as_bytes().to_vec();
    let mut listing = Listing {
        descent,
        waiting: VecDeque::new(),
        path,
        recursive,
        left: limit,
        truncated: false,
        lines: Vec::new(),
    };
    listing.wait_for(names);
    let walked = listing.walk(stream)?;
    stream.send(kind::OUTPUT, &listing.lines)?;
    stream.end(walked.map(|()| End { truncated: listing.truncated }))
}

struct Listing {
    descent: Descent,
    /// Names to come, a level of folders each; together no more than are still wanted.
    waiting: VecDeque<VecDeque<CString>>,
    /// Of the folder we are in, from the app folder.
    path: Vec<u8>,
    recursive: bool,
    left: usize,
    truncated: bool,
    lines: Vec<u8>,
}

impl Listing {
    fn walk(&mut self, stream: &mut Stream) -> io::Result<Result<(), Refusal>> {
        while let Some(names) = self.waiting.back_mut() {
            let Some(name) = names.pop_front() else {
                self.waiting.pop_back();
                if !self.waiting.is_empty()
                    && let Err(error) = self.leave()
                {
                    return Ok(Err(fault(String::from_utf8_lossy(&self.path), error)));
                }
                continue;
            };
            let Ok(stat) = self.descent.stat(&name) else { continue };
            if self.left == 0 {
                self.truncated = true;
                break;
            }
            self.left -= 1;
            self.show(&name, &stat);
            if self.lines.len() >= BATCH {
                stream.send(kind::OUTPUT, &self.lines)?;
                self.lines.clear();
            }
            if self.recursive && type_of(&stat) == FileType::Directory {
                self.enter(&name);
            }
        }
        Ok(Ok(()))
    }

    fn enter(&mut self, name: &CStr) {
        if self.path.len() + 1 + name.count_bytes() > MAX_PATH {
            self.truncated = true;
            return;
        }
        match self.descent.enter(name) {
            Ok(()) => {}
            // Gone or replaced since it was shown: nothing is in it any more.
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return,
            Err(_) => {
                self.truncated = true;
                return;
            }
        }
        self.path = joined(&self.path, name);
        match first(self.descent.folder(), self.left + 1) {
            Ok(names) => self.wait_for(names),
            Err(_) => {
                self.truncated = true;
                self.wait_for(VecDeque::new());
            }
        }
    }

    fn leave(&mut self) -> Result<(), Errno> {
        self.descent.leave()?;
        let end = self.path.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
        self.path.truncate(end);
        Ok(())
    }

    /// Adds a level, and drops from the outermost ones, which come last, what can't be shown.
    fn wait_for(&mut self, names: VecDeque<CString>) {
        self.waiting.push_back(names);
        let total: usize = self.waiting.iter().map(VecDeque::len).sum();
        let mut surplus = total.saturating_sub(self.left + 1);
        for level in &mut self.waiting {
            while surplus > 0 && level.pop_back().is_some() {
                surplus -= 1;
                self.truncated = true;
            }
        }
    }

    fn show(&mut self, name: &CStr, stat: &Stat) {
        let path = joined(&self.path, name);
        let text = String::from_utf8_lossy(&path);
        let entry = Entry {
            path: &text,
            kind: match type_of(stat) {
                FileType::RegularFile => "file",
                FileType::Directory => "directory",
                FileType::Symlink => "symlink",
                _ => "other",
            },
            size: stat.st_size,
            mode: stat.st_mode & 0o7777,
            modified_ms: modified_ms(stat),
            lossy: std::str::from_utf8(&path).is_err(),
        };
        serde_json::to_writer(&mut self.lines, &entry).expect("invariant: an entry serialises");
        self.lines.push(b'\n');
    }
}

/// A folder's path and a name in it.
pub(super) fn joined(folder: &[u8], name: &CStr) -> Vec<u8> {
    let mut path = Vec::with_capacity(folder.len() + 1 + name.count_bytes());
    path.extend_from_slice(folder);
    if !folder.is_empty() {
        path.push(b'/');
    }
    path.extend_from_slice(name.to_bytes());
    path
}
