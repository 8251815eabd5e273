//! Talking to `sandbox-init`, PID 1 of a sandbox, over its socket. All that comes back is the
//! sandbox's word: bounded, parsed, and never trusted with a path or a decision about others.

use std::fmt::Debug;
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use rustix::fs::{FileType, Mode, OFlags};
use sandboxd_shared::app_config::Environment;
use serde::Deserialize;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;

use super::set_environment::{self, SetEnvironment};

/// How long one question may take.
const LIMIT: Duration = Duration::from_secs(2);
/// The longest answer that is read.
const MAX_ANSWER: u64 = 64 * 1024;
const SOCKET: &str = "init.sock";

/// Where the dev server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InitState {
    /// The workspace is being made ready.
    Seeding,
    /// Dependencies are being installed.
    Installing,
    /// It runs, and its port doesn't answer yet.
    Starting,
    /// It runs, and its port has answered.
    Running,
    /// It ended and will be started again.
    Backoff,
    /// The app has none.
    None,
    /// It can't be started.
    Failed,
    /// A word of another version.
    #[serde(other)]
    Unknown,
}

/// What PID 1 says.
#[derive(Debug, Clone, Deserialize)]
pub struct InitStatus {
    /// Where the dev server is.
    pub state: InitState,
    /// Whether the workspace is ready to be worked in.
    pub seeded: bool,
    /// Whether the git history was reset, where that was asked for.
    #[serde(default)]
    pub git_reset: bool,
}

/// PID 1 did not answer.
#[derive(Debug, thiserror::Error)]
pub enum InitError {
    /// Nobody listens (yet).
    #[error("sandbox-init does not answer")]
    NoAnswer(#[source] io::Error),
    /// It answered something else.
    #[error("sandbox-init answered what can't be understood")]
    Unreadable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It said no.
    #[error("sandbox-init refused ({})", if *busy { "busy" } else { "not busy" })]
    Refused {
        /// Whether it has too much to do.
        busy: bool,
    },
}

/// Asks PID 1 of a sandbox.
#[async_trait]
pub trait Init: Send + Sync + Debug {
    /// How it is.
    ///
    /// # Errors
    /// [`InitError`]
    async fn status(&self, run_dir: &Path) -> Result<InitStatus, InitError>;

    /// Sets the whole extra environment of the dev server, which is started again with it if it
    /// is another one than before.
    ///
    /// # Errors
    /// [`InitError`]
    async fn set_environment(
        &self,
        run_dir: &Path,
        values: &Environment,
    ) -> Result<SetEnvironment, InitError>;
}

/// The real one.
#[derive(Debug, Clone, Copy, Default)]
pub struct SocketInit;

#[async_trait]
impl Init for SocketInit {
    async fn status(&self, run_dir: &Path) -> Result<InitStatus, InitError> {
        let asked =
            tokio::time::timeout(LIMIT, ask(run_dir, b"{\"v\":1,\"op\":\"status\"}\n")).await;
        let line = asked
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
            .map_err(InitError::NoAnswer)?;
        serde_json::from_slice(&line).map_err(|error| InitError::Unreadable(error.into()))
    }

    async fn set_environment(
        &self,
        run_dir: &Path,
        values: &Environment,
    ) -> Result<SetEnvironment, InitError> {
        let request = set_environment::request(values);
        let line = tokio::time::timeout(set_environment::LIMIT, ask(run_dir, &request))
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
            .map_err(InitError::NoAnswer)?;
        set_environment::read_answer(&line)
    }
}

async fn ask(run_dir: &Path, request: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = connect(run_dir).await?;
    stream.write_all(request).await?;
    let mut line = Vec::new();
    BufReader::new(stream.take(MAX_ANSWER)).read_until(b'\n', &mut line).await?;
    Ok(line)
}

/// Connects to the socket itself: the sandbox owns the folder and could put a link to any socket
/// of the host in its place. A descriptor of the socket can't be changed under us.
///
/// # Errors
/// I/O; nobody listens, or it is no socket.
pub async fn connect(run_dir: &Path) -> io::Result<UnixStream> {
    let folder_flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let folder = rustix::fs::open(run_dir, folder_flags, Mode::empty())?;
    let socket_flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let socket = rustix::fs::openat(&folder, SOCKET, socket_flags, Mode::empty())?;
    if FileType::from_raw_mode(rustix::fs::fstat(&socket)?.st_mode) != FileType::Socket {
        return Err(io::Error::other("init.sock is not a socket"));
    }
    UnixStream::connect(format!("/proc/self/fd/{}", socket.as_raw_fd())).await
}

#[cfg(test)]
mod tests {
    use tokio::net::UnixListener;

    use super::*;

    #[tokio::test]
    async fn a_status_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(SOCKET)).unwrap();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 64];
            let n = stream.read(&mut request).await.unwrap();
            stream
                .write_all(b"{\"v\":1,\"ok\":true,\"state\":\"running\",\"seeded\":true,\"x\":1}\n")
                .await
                .unwrap();
            request.truncate(n);
            request
        });
        let status = SocketInit.status(folder.path()).await.unwrap();
        assert_eq!((status.state, status.seeded), (InitState::Running, true));
        assert_eq!(server.await.unwrap(), b"{\"v\":1,\"op\":\"status\"}\n");
    }

    #[tokio::test]
    async fn a_link_to_another_socket_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let other = folder.path().join("host.sock");
        let _listener = UnixListener::bind(&other).unwrap();
        std::os::unix::fs::symlink(&other, folder.path().join(SOCKET)).unwrap();
        assert!(matches!(SocketInit.status(folder.path()).await, Err(InitError::NoAnswer(_))));
    }

    #[tokio::test]
    async fn an_endless_answer_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(SOCKET)).unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
        });
        assert!(matches!(SocketInit.status(folder.path()).await, Err(InitError::Unreadable(_))));
    }
}
