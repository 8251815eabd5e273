//! Marks of finished one-time work: a file that is there whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use crate::bounded_read::read_text;

/// Longest mark, bytes.
const MAX_MARKER: u64 = 256;

/// What the mark says. A file that can't be one of ours counts as absent.
pub(crate) fn read(path: &Path) -> Option<String> {
    read_text(path, MAX_MARKER).ok().flatten().map(|text| text.trim().to_owned())
}

/// Writes the mark beside its place and renames it there, both synced: after a crash or a power
/// cut it is there only if what it tells of is.
pub(crate) fn write(path: &Path, text: &str) -> io::Result<()> {
    let parent = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
    fs::create_dir_all(parent)?;
    let beside = path.with_extension("new");
    let mut file = File::create(&beside)?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    File::open(parent)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_back_and_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/mark");
        assert_eq!(read(&path), None);
        write(&path, "one").unwrap();
        write(&path, "two").unwrap();
        assert_eq!(read(&path).as_deref(), Some("two"));
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}
