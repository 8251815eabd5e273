//! Copies a tree with GNU `cp`, which keeps all that a layer needs; see `copier_check`.

use super::error::{Error, Result};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

/// For copies that hold up no container: compaction, and forks under the copy driver.
pub const COPY_LIMIT: Duration = Duration::from_mins(30);
/// For copies during which a container is paused.
pub const LIVE_COPY_LIMIT: Duration = Duration::from_mins(1);
/// Bytes of the copier's complaints that an error carries.
const OUTPUT_MAX: u64 = 2048;

/// Copies the directory `from` with all that is in it to `to`, which is not there yet.
///
/// The copier reads paths as root, so nobody may change `from` meanwhile.
pub(super) async fn copy_tree(from: &Path, to: &Path, limit: Duration) -> Result<()> {
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
        .map_err(Error::at("start cp for", from))?;
    let complaints = child.stderr.take();
    let done = async {
        let output = read_start(complaints).await;
        (child.wait().await, output)
    };
    // On a time-out the child is dropped, which kills it.
    let Ok((status, output)) = tokio::time::timeout(limit, done).await else {
        let from = from.to_owned();
        return Err(Error::CopyTimeout { from, limit });
    };
    let status = status.map_err(Error::at("wait for cp of", from))?;
    if status.success() {
        return Ok(());
    }
    Err(Error::CopyFailed { from: from.to_owned(), status: status.to_string(), output })
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
