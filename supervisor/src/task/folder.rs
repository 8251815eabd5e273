//! A task's folder: that it was begun, what it printed, how it ended.
//!
//! `begun.json` is there before the process is, and is only looked for, never read: whatever stands
//! under that name says that this task isn't to be started again.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::sync::Arc;

use rustix::fs::{AtFlags, fsync, statat, unlinkat};
use rustix::io::Errno;
use serde_json::json;

use super::order::{MAX_OUTPUT, Order};
use super::outcome::Outcome;
use super::output::BEYOND_LIMIT;
use super::record;

const BEGUN: &str = "begun.json";
const OUTPUT: &str = "output";
const RESULT: &str = "result.json";
/// The place that the result will take, had from the start: the disk may be full at the end.
const RESERVED: &str = "result.reserved";
/// Longest result, bytes.
const MAX_RESULT: usize = 4096;
/// Largest output file there can be.
const MAX_FILE: u64 = MAX_OUTPUT + BEYOND_LIMIT;

pub(super) struct Folder {
    dir: OwnedFd,
}

/// The folder of a task that is about to run.
pub(super) struct Begun {
    folder: Folder,
    pub(super) output: Arc<File>,
    reserved: File,
}

impl Folder {
    pub(super) fn new(dir: OwnedFd) -> Self {
        Self { dir }
    }

    /// Puts on the disk that this task was begun.
    pub(super) fn begin(self, order: &Order) -> io::Result<Begun> {
        let output = Arc::new(record::create(&self.dir, OUTPUT)?);
        let mut reserved = record::create(&self.dir, RESERVED)?;
        reserved.write_all(&[b' '; MAX_RESULT])?;
        reserved.sync_all()?;
        let note = json!({"id": order.id.as_str(), "output_limit": order.output_limit});
        record::write(&self.dir, BEGUN, format!("{note}\n").as_bytes())?;
        Ok(Begun { folder: self, output, reserved })
    }

    pub(super) fn is_begun(&self) -> io::Result<bool> {
        match statat(&self.dir, BEGUN, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(_) => Ok(true),
            Err(Errno::NOENT) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// How it ended, if that is written down and can be understood.
    pub(super) fn outcome(&self) -> io::Result<Option<Outcome>> {
        let text = record::read(&self.dir, RESULT, MAX_RESULT as u64)?;
        let outcome = text.and_then(|text| serde_json::from_slice::<Outcome>(&text).ok());
        Ok(outcome
            .map(|outcome| Outcome { output_bytes: outcome.output_bytes.min(MAX_FILE), ..outcome }))
    }

    /// The output file, if there is one, and its size.
    pub(super) fn output(&self) -> io::Result<Option<(File, u64)>> {
        let Some(file) = record::open(&self.dir, OUTPUT)? else { return Ok(None) };
        let size = file.metadata()?.len().min(MAX_FILE);
        Ok(Some((file, size)))
    }

    /// Removes what it printed; false if there is nothing. Its space is there at once, though somebody
    /// may have the file open still, such as whoever was just told of the end.
    pub(super) fn remove_output(&self) -> bool {
        let _ = record::empty(&self.dir, OUTPUT);
        unlinkat(&self.dir, OUTPUT, AtFlags::empty()).is_ok()
    }

    /// Takes back that it was begun, first, and the rest of [`Self::begin`].
    pub(super) fn withdraw(&self) -> io::Result<()> {
        for name in [BEGUN, OUTPUT, RESERVED] {
            record::remove(&self.dir, name)?;
        }
        Ok(fsync(&self.dir)?)
    }

    /// Writes down how it ended.
    pub(super) fn conclude(&self, outcome: &Outcome) -> io::Result<()> {
        record::write(&self.dir, RESULT, &text(outcome))
    }
}

impl Begun {
    /// Writes down how it ended, with its output, on a full disk too.
    pub(super) fn conclude(&self, outcome: &Outcome) -> io::Result<()> {
        let _ = self.output.sync_all();
        let dir = &self.folder.dir;
        let in_place = || {
            let text = text(outcome);
            self.reserved.write_all_at(&text, 0)?;
            self.reserved.set_len(text.len() as u64)?;
            record::put(dir, &self.reserved, RESERVED, RESULT)?;
            let found = statat(dir, RESULT, AtFlags::SYMLINK_NOFOLLOW)?;
            Ok::<_, io::Error>(found.st_ino == self.reserved.metadata()?.ino())
        };
        match in_place() {
            Ok(true) => Ok(()),
            // Somebody has put something else in its place.
            Ok(false) | Err(_) => self.folder.conclude(outcome),
        }
    }
}

fn text(outcome: &Outcome) -> Vec<u8> {
    let mut text = serde_json::to_vec(outcome).expect("invariant: plain structs serialise");
    text.push(b'\n');
    text
}
