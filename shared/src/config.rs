//! Settings that more than one binary takes, and the places in the data directory.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

/// Where an installation keeps everything.
#[derive(Debug, Clone, Args)]
pub struct DataOptions {
    /// The data directory: database, layers, run directories, token.
    #[arg(long, env = "SANDBOXD_DATA_DIR", default_value = "/var/lib/sandboxd")]
    pub data_dir: PathBuf,
    /// The database, as sqlite://<file>; in the data directory if not given.
    #[arg(long, env = "SANDBOXD_DATABASE_URL")]
    pub database_url: Option<String>,
}

impl DataOptions {
    /// The database file.
    ///
    /// # Errors
    /// A sentence for the operator if the URL isn't `sqlite://<file>`.
    pub fn database_file(&self) -> Result<PathBuf, String> {
        let Some(url) = &self.database_url else { return Ok(self.data_dir.join("sandboxd.db")) };
        url.strip_prefix("sqlite://")
            .map(|rest| rest.split('?').next().unwrap_or(rest))
            .filter(|file| !file.is_empty())
            .map(PathBuf::from)
            .ok_or_else(|| format!("SANDBOXD_DATABASE_URL must be sqlite://<file>, not {url}"))
    }

    /// Where a restore notes that it is under way: while this is there, the directory isn't whole.
    #[must_use]
    pub fn restoring(&self) -> PathBuf {
        self.data_dir.join("restoring")
    }

    /// Makes the data directory, for a process that is about to work in it.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub fn make_data_dir(&self) -> Result<(), String> {
        let folder = self.data_dir.display();
        make_private_dir(&self.data_dir)
            .map_err(|error| format!("the data directory {folder} can't be made: {error}"))?;
        if self.restoring().exists() {
            return Err(format!(
                "{folder} is being restored from a backup, or that was broken off: wait for \
                 `admin restore`, or run it again"
            ));
        }
        Ok(())
    }

    /// Where processes have their doorbells.
    #[must_use]
    pub fn bells(&self) -> PathBuf {
        self.data_dir.join("run/bells")
    }

    /// Where worker processes hold the lock that shows they live.
    #[must_use]
    pub fn worker_locks(&self) -> PathBuf {
        self.data_dir.join("run/workers")
    }

    /// Where the locks of sandboxes are.
    #[must_use]
    pub fn sandbox_locks(&self) -> PathBuf {
        self.data_dir.join("run/locks")
    }

    /// The key that links to private previews are signed with.
    #[must_use]
    pub fn preview_key(&self) -> PathBuf {
        self.data_dir.join("preview.key")
    }

    /// Where sandboxes' hosts files are.
    #[must_use]
    pub fn sandbox_hosts(&self) -> PathBuf {
        self.data_dir.join("run/hosts")
    }

    /// Where sandboxes' run directories are.
    #[must_use]
    pub fn sandbox_runs(&self) -> PathBuf {
        self.data_dir.join("run/s")
    }

    /// Where the node services of workers listen.
    #[must_use]
    pub fn node_sockets(&self) -> PathBuf {
        self.data_dir.join("run/node")
    }
}

/// Makes a private directory (0700), with its parents.
///
/// # Errors
/// An I/O error.
pub fn make_private_dir(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// The node's name, if none is given: the host's.
#[must_use]
pub fn host_name() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    if name.is_empty() { "node".to_owned() } else { name }
}

/// Parses a size such as `512m`, `2g` or plain bytes. Units are binary (`g` = 2³⁰), as Docker's are.
///
/// # Errors
/// A sentence for the operator.
pub fn parse_size(text: &str) -> Result<u64, String> {
    let lower = text.trim().to_ascii_lowercase();
    let digits = lower.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit: u64 = match &lower[digits.len()..] {
        "" | "b" => 1,
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        "t" | "tb" | "tib" => 1 << 40,
        other => return Err(format!("unknown unit {other:?} in {text:?}; use k, m, g or t")),
    };
    let number: f64 =
        digits.trim().parse().map_err(|_| format!("not a size: {text:?}; write 512m or 2g"))?;
    let bytes = number * unit as f64;
    if !bytes.is_finite() || bytes < 0.0 || bytes > u64::MAX as f64 / 2.0 {
        return Err(format!("not a size: {text:?}"));
    }
    Ok(bytes as u64)
}

/// Parses a duration such as `35m` or `24h`, or `0` for none.
///
/// # Errors
/// A sentence for the operator.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    if text.trim() == "0" {
        return Ok(Duration::ZERO);
    }
    humantime::parse_duration(text)
        .map_err(|error| format!("not a duration: {text:?} ({error}); write 30s, 35m or 24h"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_binary_units() {
        assert_eq!(parse_size("2g"), Ok(2 << 30));
        assert_eq!(parse_size("1.5M"), Ok(3 << 19));
        assert_eq!(parse_size("77"), Ok(77));
        for bad in ["", "g", "2x", "-1g", "1e400"] {
            assert!(parse_size(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn durations_are_humantime() {
        assert_eq!(parse_duration("35m"), Ok(Duration::from_secs(35 * 60)));
        assert_eq!(parse_duration("0"), Ok(Duration::ZERO));
        assert!(parse_duration("soon").is_err());
    }

    #[test]
    fn the_database_is_in_the_data_directory_unless_said() {
        let mut options = DataOptions { data_dir: "/d".into(), database_url: None };
        assert_eq!(options.database_file(), Ok("/d/sandboxd.db".into()));
        options.database_url = Some("sqlite:///x/y.db?mode=rwc".into());
        assert_eq!(options.database_file(), Ok("/x/y.db".into()));
        options.database_url = Some("postgres://h/d".into());
        assert!(options.database_file().is_err());
    }
}
