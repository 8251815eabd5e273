//! The engine as somebody else sees it: through the docker command, never through our own code.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The docker command at one engine, looking at one installation.
#[derive(Debug, Clone)]
pub struct Docker {
    socket: PathBuf,
    label: String,
}

impl Docker {
    /// Looks at what has the label `label`.
    #[must_use]
    pub fn new(socket: &Path, label: String) -> Self {
        Self { socket: socket.to_owned(), label }
    }

    /// The label of what the installation makes.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Runs docker and gives its output.
    ///
    /// # Panics
    /// If docker fails.
    #[must_use]
    pub fn run(&self, arguments: &[&str]) -> String {
        let out = Command::new("docker")
            .arg("-H")
            .arg(format!("unix://{}", self.socket.display()))
            .args(arguments)
            .output()
            .expect("invariant: scripts/test installs docker");
        assert!(
            out.status.success(),
            "docker {arguments:?}: {}",
            String::from_utf8_lossy(&out.stderr)
        );
        String::from_utf8_lossy(&out.stdout).trim().to_owned()
    }

    /// Runs docker; what comes of it doesn't matter.
    ///
    /// # Errors
    /// If docker can't be run.
    pub fn attempt(&self, arguments: &[&str]) -> std::io::Result<std::process::Output> {
        let engine = format!("unix://{}", self.socket.display());
        Command::new("docker").arg("-H").arg(engine).args(arguments).output()
    }

    /// The names of the installation's containers, stopped ones included.
    #[must_use]
    pub fn containers(&self) -> Vec<String> {
        let filter = format!("label={}", self.label);
        lines(&self.run(&["ps", "-a", "--filter", &filter, "--format", "{{.Names}}"]))
    }

    /// The names of the installation's volumes.
    #[must_use]
    pub fn volumes(&self) -> Vec<String> {
        let filter = format!("label={}", self.label);
        lines(&self.run(&["volume", "ls", "-q", "--filter", &filter]))
    }

    /// Runs a shell line in a sandbox as its user, and gives what it wrote.
    ///
    /// # Panics
    /// If the line fails.
    pub fn sh(&self, sandbox: &str, line: &str) -> String {
        let name = format!("s-{}", sandbox.to_lowercase());
        self.run(&["exec", "-w", "/home/sandbox/app", &name, "sh", "-ec", line])
    }

    /// Removes whatever the installation has left, as far as the engine answers: this runs when
    /// something else may have failed.
    pub fn clean(&self) {
        let filter = format!("label={}", self.label);
        for (list, remove) in [
            (["ps", "-aq"].as_slice(), ["rm", "-f"].as_slice()),
            (&["volume", "ls", "-q"], &["volume", "rm", "-f"]),
        ] {
            let Ok(out) = self.attempt(&[list, &["--filter", &filter]].concat()) else { return };
            for name in lines(&String::from_utf8_lossy(&out.stdout)) {
                let _ = self.attempt(&[remove, &[&name]].concat());
            }
        }
    }
}

fn lines(text: &str) -> Vec<String> {
    text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}
