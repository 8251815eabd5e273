//! The token that an installation makes for itself when none is configured.

use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use sandboxd_shared::shared_files::give_to_all;

use super::secret;

/// Nothing longer is a token.
const FILE_MAX: u64 = 4096;

/// The token in `file`, and whether it was made just now (mode 0600).
///
/// # Errors
/// An I/O error, or `InvalidData` if the file holds no token.
pub(super) fn read_or_make(file: &Path) -> io::Result<(String, bool)> {
    match std::fs::File::open(file) {
        Ok(open) => {
            let mut text = String::new();
            open.take(FILE_MAX).read_to_string(&mut text)?;
            let token = text.trim();
            if token.is_empty() || !token.bytes().all(|b| b.is_ascii_graphic()) {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "it holds no token"));
            }
            Ok((token.to_owned(), false))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok((make(file)?, true)),
        Err(error) => Err(error),
    }
}

fn make(file: &Path) -> io::Result<String> {
    let token = secret::token().map_err(io::Error::other)?;
    // Written aside and then renamed, so that a crash never leaves half a token.
    let fresh = file.with_extension("new");
    let _ = std::fs::remove_file(&fresh);
    let mut open = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
    writeln!(open, "{token}")?;
    open.sync_all()?;
    give_to_all(&fresh)?;
    std::fs::rename(&fresh, file)?;
    Ok(token)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_token_is_made_once_and_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        let (token, made) = read_or_make(&file).unwrap();
        assert!(made && token.starts_with("sbx_") && token.len() == 68);
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(read_or_make(&file).unwrap(), (token, false));
    }

    #[test]
    fn an_empty_file_is_an_error_and_not_an_open_door() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        std::fs::write(&file, "\n").unwrap();
        assert_eq!(read_or_make(&file).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
