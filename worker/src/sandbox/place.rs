//! The places of one sandbox outside its workspace.

use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use sandboxd_shared::ids::SandboxId;

/// Who a sandbox's processes run as: user and group.
pub const OWNER: (u32, u32) = (1000, 1000);

/// Run directories, which neither snapshots nor forks carry.
#[derive(Debug, Clone)]
pub struct Place {
    runs: PathBuf,
}

impl Place {
    /// Run directories in `runs`.
    #[must_use]
    pub fn new(runs: PathBuf) -> Self {
        Self { runs }
    }

    /// A sandbox's run directory.
    #[must_use]
    pub fn run_dir(&self, sandbox: SandboxId) -> PathBuf {
        self.runs.join(sandbox.lower())
    }

    /// Makes a sandbox's run directory, owned by the sandbox.
    ///
    /// # Errors
    /// I/O.
    pub fn make(&self, sandbox: SandboxId) -> io::Result<PathBuf> {
        let path = self.run_dir(sandbox);
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&path)?;
        std::os::unix::fs::chown(&path, Some(OWNER.0), Some(OWNER.1))?;
        Ok(path)
    }

    /// Removes a sandbox's run directory. What is in it is the sandbox's doing: links are not
    /// followed (`remove_dir_all` opens each directory by descriptor).
    ///
    /// # Errors
    /// I/O.
    pub fn remove(&self, sandbox: SandboxId) -> io::Result<()> {
        match std::fs::remove_dir_all(self.run_dir(sandbox)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// The sandboxes that have a run directory.
    #[must_use]
    pub fn all(&self) -> Vec<SandboxId> {
        list(&self.runs)
    }
}

fn list(folder: &Path) -> Vec<SandboxId> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}
