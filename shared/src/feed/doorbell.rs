//! The doorbell: a Unix datagram socket for each process in `<data>/run/bells`, rung without
//! blocking after each commit. It says only "look"; what is there to see is in the database.

use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ulid::Ulid;

use crate::shared_files::{give_to_all, make_dir_for_all};

/// The doorbells could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("the doorbell in {} could not be set up", path.display())]
pub struct BellError {
    path: PathBuf,
    source: io::Error,
}

/// Rings every process' bell.
#[derive(Debug, Clone)]
pub struct Doorbell {
    folder: PathBuf,
    sender: Option<Arc<UnixDatagram>>,
}

impl Doorbell {
    /// A doorbell over the sockets in `folder`, which is made.
    ///
    /// # Errors
    /// [`BellError`] if the folder or a socket can't be made.
    pub fn open(folder: &Path) -> Result<Self, BellError> {
        let fail = |source| BellError { path: folder.to_owned(), source };
        make_dir_for_all(folder).map_err(fail)?;
        let sender = UnixDatagram::unbound().map_err(fail)?;
        sender.set_nonblocking(true).map_err(fail)?;
        Ok(Self { folder: folder.to_owned(), sender: Some(Arc::new(sender)) })
    }

    /// A doorbell that rings nowhere, for one-off commands.
    #[must_use]
    pub fn silent() -> Self {
        Self { folder: PathBuf::new(), sender: None }
    }

    /// Rings all bells. A full one is being looked at already; one without a listener belonged to
    /// a process that died, and is taken away.
    pub fn ring(&self) {
        let Some(sender) = &self.sender else { return };
        let Ok(bells) = std::fs::read_dir(&self.folder) else { return };
        for bell in bells.flatten() {
            let path = bell.path();
            if let Err(error) = sender.send_to(&[1], &path)
                && error.kind() == io::ErrorKind::ConnectionRefused
            {
                let _ = std::fs::remove_file(&path);
            }
        }
    }

    /// A bell of this process.
    ///
    /// # Errors
    /// [`BellError`] if its socket can't be bound; its path has at most 107 bytes (`unix(7)`).
    pub fn listen(&self) -> Result<Listener, BellError> {
        let name = Ulid::generate().to_string().to_ascii_lowercase();
        let path = self.folder.join(format!("{name}.sock"));
        let fail = |source| BellError { path: path.clone(), source };
        let socket = tokio::net::UnixDatagram::bind(&path).map_err(fail)?;
        let listener = Listener { socket, path: path.clone() };
        // To ring it takes the right to write to it.
        give_to_all(&path).map_err(fail)?;
        Ok(listener)
    }
}

/// A bell that can be waited on.
#[derive(Debug)]
pub struct Listener {
    socket: tokio::net::UnixDatagram,
    path: PathBuf,
}

impl Listener {
    /// Waits for a ring and takes all that have come.
    ///
    /// # Errors
    /// An I/O error of the socket.
    pub async fn rung(&self) -> io::Result<()> {
        let mut byte = [0u8; 1];
        self.socket.recv(&mut byte).await?;
        while self.socket.try_recv(&mut byte).is_ok() {}
        Ok(())
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn every_listener_hears_a_ring_and_dead_bells_go() {
        let folder = tempfile::tempdir().unwrap();
        let bell = Doorbell::open(folder.path()).unwrap();
        let (one, two) = (bell.listen().unwrap(), bell.listen().unwrap());
        drop(UnixDatagram::bind(folder.path().join("dead.sock")).unwrap());
        bell.ring();
        bell.ring();
        for listener in [&one, &two] {
            tokio::time::timeout(Duration::from_secs(1), listener.rung()).await.unwrap().unwrap();
        }
        assert!(!folder.path().join("dead.sock").exists());
        assert!(tokio::time::timeout(Duration::from_millis(20), one.rung()).await.is_err());
    }
}
