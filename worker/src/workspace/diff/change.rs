//! The outcome of a comparison, and how far it may go.

use std::path::PathBuf;
use std::time::Duration;

/// What is looked at, and how much of it.
#[derive(Debug, Clone, Copy)]
pub struct DiffOptions {
    /// Also what is in folders named `.git` and `node_modules`, and in those that the app's own
    /// `.gitignore` names.
    pub everything: bool,
    /// The most files that are listed.
    pub files_max: usize,
    /// The most bytes of their paths.
    pub paths_max: usize,
    /// How long it may take.
    pub time: Duration,
    /// Bytes of files of the same size that are compared. Beyond that, those whose time of change
    /// differs count as changed.
    pub contents_max: u64,
}

impl Default for DiffOptions {
    fn default() -> Self {
        Self {
            everything: false,
            files_max: 10_000,
            paths_max: 1 << 20,
            time: Duration::from_secs(10),
            contents_max: 256 << 20,
        }
    }
}

/// What differs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diff {
    /// Sorted by path.
    pub changes: Vec<Change>,
    /// A limit was reached: there may be more.
    pub truncated: bool,
}

/// A file or symlink that is not the same on both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Below the app folder.
    pub path: PathBuf,
    /// How it was; `None` if it was not there.
    pub before: Option<FileState>,
    /// How it is; `None` if it is gone.
    pub after: Option<FileState>,
}

/// A file or symlink on one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileState {
    pub kind: FileKind,
    /// Bytes; of a symlink's target.
    pub size: u64,
    /// Permission bits.
    pub mode: u32,
}

/// What is compared. Directories are where files are; sockets, FIFOs and devices hold nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    File,
    Symlink,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Added,
    Changed,
    Removed,
}

impl Change {
    #[must_use]
    pub const fn status(&self) -> Status {
        match (self.before, self.after) {
            (None, _) => Status::Added,
            (_, None) => Status::Removed,
            _ => Status::Changed,
        }
    }
}

impl Diff {
    /// How many of the listed have this status.
    #[must_use]
    pub fn count(&self, status: Status) -> usize {
        self.changes.iter().filter(|change| change.status() == status).count()
    }
}
