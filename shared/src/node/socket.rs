//! The socket of a worker's node service. Its path may be longer than a socket's address has room
//! for (107 bytes, `unix(7)`), so it is named through a descriptor of its folder.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

/// A socket by a short path, as long as this lives and in this process only.
#[derive(Debug)]
pub struct NearSocket {
    folder: OwnedFd,
    name: String,
}

impl NearSocket {
    /// The socket of the worker `worker` in `folder`.
    ///
    /// # Errors
    /// I/O of the folder; `InvalidInput` for a name that would lead out of it.
    pub fn of_worker(folder: &Path, worker: &str) -> io::Result<Self> {
        if worker.is_empty() || worker.contains('/') {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::open(folder, flags, Mode::empty())?;
        Ok(Self { folder, name: format!("{worker}.sock") })
    }

    /// The path to bind or to connect to.
    #[must_use]
    pub fn path(&self) -> PathBuf {
        format!("/proc/self/fd/{}/{}", self.folder.as_raw_fd(), self.name).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_path_is_no_hindrance_and_a_name_stays_in_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("d".repeat(200));
        std::fs::create_dir(&deep).unwrap();
        let socket = NearSocket::of_worker(&deep, "n1-w").unwrap();
        let _listener = std::os::unix::net::UnixListener::bind(socket.path()).unwrap();
        assert!(deep.join("n1-w.sock").exists());
        let again = NearSocket::of_worker(&deep, "n1-w").unwrap();
        assert!(std::os::unix::net::UnixStream::connect(again.path()).is_ok());
        assert!(NearSocket::of_worker(&deep, "../w").is_err());
    }
}
