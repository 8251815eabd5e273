//! The key that links to private previews are signed with: one for an installation, in a file.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use sandboxd_shared::shared_files::give_to_all;

/// Bytes of a key.
pub(super) const KEY_LEN: usize = 32;
/// Its file holds that in hex, and a line's end.
const FILE_MAX: u64 = 2 * KEY_LEN as u64 + 2;

/// Signs and checks preview tokens. Never shown.
#[derive(Clone)]
pub struct PreviewKey(pub(super) [u8; KEY_LEN]);

impl fmt::Debug for PreviewKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PreviewKey(..)")
    }
}

impl PreviewKey {
    /// A key that nobody else has.
    ///
    /// # Errors
    /// If the kernel gives no random bytes.
    pub fn random() -> io::Result<Self> {
        let mut bytes = [0; KEY_LEN];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        Ok(Self(bytes))
    }

    /// The key in `file`, made now (mode 0600) if there is none. Of several processes that do this
    /// at once one makes the key and all get it.
    ///
    /// # Errors
    /// An I/O error, or `InvalidData` if the file holds no key.
    pub fn read_or_make(file: &Path) -> io::Result<Self> {
        match read(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                make(file)?;
                read(file)
            }
            found => found,
        }
    }
}

fn read(file: &Path) -> io::Result<PreviewKey> {
    let mut text = String::new();
    File::open(file)?.take(FILE_MAX).read_to_string(&mut text)?;
    let bytes = blake3::Hash::from_hex(text.trim_end())
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it holds no key"))?;
    Ok(PreviewKey(*bytes.as_bytes()))
}

/// Written aside whole and then linked, which fails if another was first: a key never changes
/// under a process that has read it, and no crash leaves half of one.
fn make(file: &Path) -> io::Result<()> {
    let key = blake3::Hash::from_bytes(PreviewKey::random()?.0);
    // Not named after the process: two containers can have the same id.
    let fresh = file.with_extension(format!("{:.16}.new", blake3::hash(key.as_bytes()).to_hex()));
    let mut open = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
    writeln!(open, "{}", key.to_hex())?;
    open.sync_all()?;
    give_to_all(&fresh)?;
    let linked = fs::hard_link(&fresh, file);
    fs::remove_file(&fresh)?;
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_is_made_once_is_private_and_is_not_shown() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("preview.key");
        let key = PreviewKey::read_or_make(&file).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(PreviewKey::read_or_make(&file).unwrap().0, key.0);
        // Another process was about to make one, too.
        make(&file).unwrap();
        assert_eq!(read(&file).unwrap().0, key.0);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert_eq!(format!("{key:?}"), "PreviewKey(..)");
    }

    #[test]
    fn of_many_that_need_one_at_once_all_get_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("preview.key");
        let keys: Vec<_> = std::thread::scope(|scope| {
            let makers: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| PreviewKey::read_or_make(&file).unwrap().0))
                .collect();
            makers.into_iter().map(|maker| maker.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| *key == keys[0]));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_without_a_key_is_an_error_and_not_an_open_door() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("preview.key");
        for text in ["", "\n", "00", &"0".repeat(66), &"g".repeat(64)] {
            fs::write(&file, text).unwrap();
            let error = PreviewKey::read_or_make(&file).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{text:?}");
        }
    }
}
