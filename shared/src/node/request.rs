//! What the node service is asked and what it answers, and the limits that both sides keep.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The largest file that is uploaded, in bytes.
pub const UPLOAD_MAX: u64 = 25 << 20;
/// The most entries that a listing has.
pub const ENTRIES_MAX: u32 = 10_000;
/// The longest that a program may run by itself, in milliseconds.
pub const EXEC_TIMEOUT_MAX: u64 = 60 * 60 * 1000;
/// The most of a log that is shown at once, in bytes.
pub const LOG_BYTES_MAX: u32 = 64 * 1024;
/// What a connection is switched to for a program's input and output.
pub const UPGRADE: &str = "sandboxd-frames";

/// What a directory entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link, not followed.
    Symlink,
    /// A socket, a FIFO or a device.
    Other,
}

/// A directory entry, as the node service tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its path below the app folder.
    pub path: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: EntryKind,
    /// Bytes of a file.
    pub size: u64,
    /// Permission bits.
    pub mode: u32,
    /// When it was last changed, milliseconds since 1970.
    pub modified_ms: i64,
    /// Its name isn't UTF-8, and what can't be shown is replaced.
    #[serde(default)]
    pub lossy: bool,
}

/// A listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entries {
    /// Sorted by path.
    pub entries: Vec<Entry>,
    /// There are more.
    pub truncated: bool,
}

/// A file that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// It was not there before.
    pub created: bool,
    /// Its size.
    pub bytes: u64,
}

/// The size of a terminal, in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pty {
    /// Columns.
    pub cols: u16,
    /// Rows.
    pub rows: u16,
}

/// A program to run in a sandbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExecRequest {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// Where, below the app folder; the app folder if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// Its environment, beside the usual.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub env: BTreeMap<String, String>,
    /// After how long it is ended; never if not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    /// In a terminal of this size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pty: Option<Pty>,
}

/// How a program ended, in the sandbox's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecEnd {
    /// Its exit code, if it ended by itself.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// It ran out of time.
    #[serde(default)]
    pub timed_out: bool,
}
