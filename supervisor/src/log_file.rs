//! What the dev server prints, in two files of bounded size: `dev.log` and, before it, `dev.log.1`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::fs::OFlags;

use crate::log_feed::{Follower, LogFeed};
use crate::repository::remove_tree;

/// Size of each of the two files, bytes.
pub(crate) const FILE_LIMIT: u64 = 1024 * 1024;
/// How much is taken from the dev server at a time, bytes.
const CHUNK: usize = 16 * 1024;

/// The log; shared by the thread that fills it and those that read its end.
pub(crate) struct LogFile {
    path: PathBuf,
    rotated: PathBuf,
    limit: u64,
    current: Mutex<Option<Current>>,
    feed: LogFeed,
}

struct Current {
    file: File,
    size: u64,
}

impl LogFile {
    /// The log in this run directory, continued if there is one.
    pub(crate) fn new(run: &Path, limit: u64) -> Self {
        let (path, rotated) = (run.join("dev.log"), run.join("dev.log.1"));
        Self { path, rotated, limit, current: Mutex::new(None), feed: LogFeed::default() }
    }

    /// Copies output until its last writer is gone. A full disk loses output and never stops the
    /// one that writes it.
    pub(crate) fn fill_from(&self, mut output: impl Read) {
        let mut chunk = vec![0; CHUNK];
        loop {
            match output.read(&mut chunk) {
                Ok(0) => return,
                Ok(length) => drop(self.append(&chunk[..length])),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    }

    /// Adds a line of the supervisor's own.
    pub(crate) fn note(&self, text: &str) {
        let _ = self.append(format!("[sandboxd] {text}\n").as_bytes());
    }

    fn append(&self, bytes: &[u8]) -> io::Result<()> {
        let mut guard = self.lock();
        self.feed.push(bytes);
        let full = guard.as_ref().is_some_and(|current| {
            current.size > 0 && current.size + bytes.len() as u64 > self.limit
        });
        if full {
            *guard = None;
            remove_tree(&self.rotated)?;
            fs::rename(&self.path, &self.rotated)?;
        }
        if guard.is_none() {
            *guard = Some(open(&self.path)?);
        }
        let Some(current) = guard.as_mut() else { return Ok(()) };
        current.size += bytes.len() as u64;
        current.file.write_all(bytes)
    }

    /// The last `length` bytes, or all there are, and whether there is more before them.
    pub(crate) fn tail(&self, length: u64) -> io::Result<(Vec<u8>, bool)> {
        // Keeps the files from being rotated between the two reads.
        let _guard = self.lock();
        self.read_tail(length)
    }

    /// The same, and a follower of what comes right behind it.
    pub(crate) fn follow(&self, length: u64) -> io::Result<(Vec<u8>, Follower)> {
        let _guard = self.lock();
        let (tail, _) = self.read_tail(length)?;
        Ok((tail, self.feed.follow()?))
    }

    /// What comes, for followers.
    pub(crate) fn feed(&self) -> &LogFeed {
        &self.feed
    }

    fn read_tail(&self, length: u64) -> io::Result<(Vec<u8>, bool)> {
        let (mut end, size) = read_end(&self.path, length)?;
        let rest = length - end.len() as u64;
        let (mut tail, size_before) = read_end(&self.rotated, rest)?;
        tail.append(&mut end);
        let truncated = size + size_before > tail.len() as u64;
        Ok((tail, truncated))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Current>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Opens the file to append. Processes of the sandbox can put anything in its place; what isn't
/// a file goes, so that the log neither blocks on a FIFO nor follows a link.
fn open(path: &Path) -> io::Result<Current> {
    if fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        remove_tree(path)?;
    }
    let file = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .custom_flags(flags(OFlags::NOFOLLOW | OFlags::NONBLOCK))
        .open(path)?;
    let size = file.metadata()?.len();
    Ok(Current { file, size })
}

fn read_end(path: &Path, length: u64) -> io::Result<(Vec<u8>, u64)> {
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(flags(OFlags::NOFOLLOW | OFlags::NONBLOCK));
    let mut file = match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((Vec::new(), 0)),
        other => other?,
    };
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
    }
    let size = metadata.len();
    file.seek(SeekFrom::Start(size.saturating_sub(length)))?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes)?;
    Ok((bytes, size))
}

fn flags(flags: OFlags) -> i32 {
    i32::try_from(flags.bits()).expect("invariant: the flags used here fit an int")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn stays_within_two_files_and_keeps_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let log = LogFile::new(dir.path(), 100);
        let lines: String = (0..100).map(|n| format!("line {n:03}\n")).collect();
        for line in lines.lines() {
            log.fill_from(format!("{line}\n").as_bytes());
        }
        let sizes: u64 =
            fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().metadata().unwrap().len()).sum();
        assert!((100..=200).contains(&sizes), "{sizes}");
        let (tail, truncated) = log.tail(105).unwrap();
        assert_eq!(tail, lines.as_bytes()[lines.len() - 105..]);
        assert!(truncated);
    }

    #[test]
    fn a_new_supervisor_continues_the_log() {
        let dir = tempfile::tempdir().unwrap();
        LogFile::new(dir.path(), 100).note("one");
        let log = LogFile::new(dir.path(), 100);
        log.note("two");
        let (tail, truncated) = log.tail(1000).unwrap();
        assert_eq!(String::from_utf8(tail).unwrap(), "[sandboxd] one\n[sandboxd] two\n");
        assert!(!truncated);
    }

    #[test]
    fn a_link_in_its_place_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let victim = dir.path().join("victim");
        fs::write(&victim, "secret").unwrap();
        symlink(&victim, dir.path().join("dev.log")).unwrap();
        let log = LogFile::new(dir.path(), 100);
        assert!(log.tail(10).is_err());
        log.note("x");
        assert_eq!(fs::read_to_string(&victim).unwrap(), "secret");
        assert_eq!(log.tail(100).unwrap().0, b"[sandboxd] x\n");
    }
}
