//! The programs of iptables: the table read, and changed in one step. Rules go in by standard
//! input, never by a command line or a shell.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

use super::table::Table;
use super::{FirewallError, host};

/// How long one call may take, with its wait for the lock.
const LIMIT: Duration = Duration::from_secs(15);
/// How long it waits for the lock of other programs, in seconds.
const LOCK_SECONDS: &str = "10";
/// The most that is read of a table: some 100,000 rules.
const TABLE_MAX: u64 = 16 * 1024 * 1024;
/// Of a complaint, this much goes to the log.
const OUTPUT_MAX: u64 = 500;
/// Where the programs are; a service's own path may lack `sbin`.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    V4,
    V6,
}

impl Family {
    /// Those that this kernel has.
    pub(super) fn of_this_host() -> Vec<Self> {
        if host::has_ipv6() { vec![Self::V4, Self::V6] } else { vec![Self::V4] }
    }

    const fn save(self) -> &'static str {
        match self {
            Self::V4 => "iptables-save",
            Self::V6 => "ip6tables-save",
        }
    }

    const fn restore(self) -> &'static str {
        match self {
            Self::V4 => "iptables-restore",
            Self::V6 => "ip6tables-restore",
        }
    }
}

/// Reads the filter table.
pub(super) async fn read(family: Family) -> Result<Table, FirewallError> {
    let text = run(family.save(), &["-t", "filter"], String::new()).await?;
    Ok(Table::parse(&text))
}

/// Applies a text, whole or not at all.
pub(super) async fn apply(family: Family, text: String) -> Result<(), FirewallError> {
    run(family.restore(), &["--noflush", "-w", LOCK_SECONDS], text).await.map(drop)
}

async fn run(
    program: &'static str,
    arguments: &[&str],
    input: String,
) -> Result<String, FirewallError> {
    let not_run = |source| FirewallError::NotRun { program, source };
    let mut child = Command::new(program)
        .args(arguments)
        .env_clear()
        .env("PATH", PATH)
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(not_run)?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let work = async {
        let feed = async {
            if let Some(mut stdin) = stdin {
                // One that ended early says why by its status.
                let _ = stdin.write_all(input.as_bytes()).await;
            }
        };
        let ((), output, complaint) =
            tokio::join!(feed, start_of(stdout, TABLE_MAX), start_of(stderr, OUTPUT_MAX));
        (child.wait().await, output, complaint)
    };
    // On a time-out the child is dropped, which kills it.
    let Ok((status, output, complaint)) = tokio::time::timeout(LIMIT, work).await else {
        return Err(FirewallError::Timeout { program, after: LIMIT });
    };
    let status = status.map_err(not_run)?;
    if status.success() {
        return Ok(output);
    }
    let output = complaint.split_whitespace().collect::<Vec<_>>().join(" ");
    Err(FirewallError::Failed { program, status: status.to_string(), output })
}

/// The start of a stream, read to its end so that the writer never blocks on it.
async fn start_of(stream: Option<impl AsyncRead + Unpin>, most: u64) -> String {
    let Some(mut stream) = stream else { return String::new() };
    let mut start = Vec::new();
    let _ = (&mut stream).take(most).read_to_end(&mut start).await;
    let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    String::from_utf8_lossy(&start).into_owned()
}
