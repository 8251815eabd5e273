//! Copies a tree with GNU `cp`, which keeps all that a layer needs (owners, links, holes,
//! whiteouts, `trusted.*` attributes).

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

/// Bytes of the copier's complaints that an error carries.
const OUTPUT_MAX: u64 = 2048;

/// Why a tree wasn't copied. What is at the target then is not whole.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The copier could not be run.
    #[error("{operation} {}", from.display())]
    Run {
        /// What failed.
        operation: &'static str,
        /// The tree.
        from: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The copier failed.
    #[error("copying {} failed ({status}): {output}", from.display())]
    Failed {
        /// The tree.
        from: PathBuf,
        /// How it ended.
        status: String,
        /// The start of what it said.
        output: String,
    },
    /// It was ended for taking too long.
    #[error("copying {} took longer than {limit:?}", from.display())]
    TooLong {
        /// The tree.
        from: PathBuf,
        /// How long it might take.
        limit: Duration,
    },
}

/// Copies the directory `from` with all that is in it to `to`, which is not there yet.
///
/// The copier reads paths as root, so nobody may change `from` meanwhile.
///
/// # Errors
/// [`CopyError`]
pub async fn copy_tree(from: &Path, to: &Path, limit: Duration) -> Result<(), CopyError> {
    let run = |operation, source| CopyError::Run { operation, from: from.to_owned(), source };
    let mut child = Command::new("cp")
        // `--preserve=xattr` on top of `-a` makes a lost attribute an error instead of a success.
        .args(["-a", "--preserve=xattr", "--reflink=auto", "--sparse=always", "-T", "--"])
        .arg(from.join("."))
        .arg(to)
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|source| run("start cp for", source))?;
    let complaints = child.stderr.take();
    let done = async {
        let output = read_start(complaints).await;
        (child.wait().await, output)
    };
    // On a time-out the child is dropped, which kills it.
    let Ok((status, output)) = tokio::time::timeout(limit, done).await else {
        return Err(CopyError::TooLong { from: from.to_owned(), limit });
    };
    let status = status.map_err(|source| run("wait for cp of", source))?;
    if status.success() {
        return Ok(());
    }
    Err(CopyError::Failed { from: from.to_owned(), status: status.to_string(), output })
}

/// The start of a stream, read to its end so that the writer never blocks on it.
async fn read_start(stream: Option<impl AsyncRead + Unpin>) -> String {
    let Some(mut stream) = stream else { return String::new() };
    let mut start = Vec::new();
    // What can't be read is only a worse error text.
    let _ = (&mut stream).take(OUTPUT_MAX).read_to_end(&mut start).await;
    let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    String::from_utf8_lossy(&start).trim_end().to_owned()
}
