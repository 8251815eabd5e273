//! The engine of the run: asked through the docker command with a limit, ended and started again.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Command;
use tokio::time::timeout;

/// How long docker may take: the engine may be starting.
const DOCKER_LIMIT: Duration = Duration::from_secs(40);
/// How long the daemon may take to be back.
const START_LIMIT: Duration = Duration::from_secs(90);

/// The engine in a folder of scripts/engine.
#[derive(Debug, Clone)]
pub(crate) struct Engine {
    /// That folder.
    pub(crate) folder: PathBuf,
    /// scripts/engine.
    pub(crate) script: PathBuf,
}

impl Engine {
    /// What docker says.
    pub(crate) async fn docker(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let host = format!("unix://{}/docker.sock", self.folder.display());
        let mut command = Command::new("docker");
        command.arg("-H").arg(host).args(arguments).kill_on_drop(true).stdin(Stdio::null());
        let out = timeout(DOCKER_LIMIT, command.output()).await;
        let out = out.with_context(|| format!("docker {arguments:?}: no answer"))??;
        if !out.status.success() {
            bail!("docker {arguments:?}: {}", String::from_utf8_lossy(&out.stderr).trim());
        }
        Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned())
    }

    /// Ends what the daemon started and has forgotten, and says how many processes that were. One
    /// that is killed in the middle of a start leaves a `runc init` with the sandbox's mount, and
    /// lists no container for it afterwards (moby 20.10). On a host it goes with the next boot.
    pub(crate) async fn end_forgotten(&self) -> anyhow::Result<usize> {
        let daemon = self.daemon()?;
        let line = std::fs::read(format!("/proc/{daemon}/cmdline"))?;
        let mut words = line.split(|byte| *byte == 0).map(String::from_utf8_lossy);
        words.find(|word| word == "--cgroup-parent").context("the daemon's cgroup")?;
        let parent = format!(":{}/", words.next().context("the daemon's cgroup")?);
        let known = self.docker(&["ps", "-aq", "--no-trunc"]).await?;
        let mut ended = 0;
        for entry in std::fs::read_dir("/proc")?.flatten() {
            let pid = entry.file_name().to_str().and_then(|name| name.parse().ok());
            let Some(pid) = pid.and_then(Pid::from_raw) else { continue };
            let groups = std::fs::read_to_string(entry.path().join("cgroup")).unwrap_or_default();
            let Some((_, rest)) = groups.split_once(&parent) else { continue };
            let container = rest.split(['/', '\n']).next().unwrap_or_default();
            if !container.is_empty() && !known.contains(container) {
                ended += usize::from(kill_process(pid, Signal::KILL).is_ok());
            }
        }
        Ok(ended)
    }

    /// Signals the daemon.
    pub(crate) fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        Ok(kill_process(self.daemon()?, signal)?)
    }

    /// The daemon's process.
    fn daemon(&self) -> anyhow::Result<Pid> {
        let file = self.folder.join("dockerd.pid");
        let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let pid = text.trim().parse().ok().and_then(Pid::from_raw).context("the daemon's id")?;
        let program = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        if program.trim() != "dockerd" {
            bail!("{pid} is no daemon any more");
        }
        Ok(pid)
    }

    /// Starts the daemon again, over whatever it has left. After a kill its containerd may not come up
    /// in time, and at the next try it does (seen with 20.10).
    pub(crate) async fn start(&self) -> anyhow::Result<()> {
        match self.try_start().await {
            Ok(()) => Ok(()),
            Err(_) => self.try_start().await,
        }
    }

    async fn try_start(&self) -> anyhow::Result<()> {
        let mut command = Command::new(&self.script);
        command.arg("start").arg(&self.folder).stdout(Stdio::null()).kill_on_drop(true);
        let status =
            timeout(START_LIMIT, command.status()).await.context("no engine in time")??;
        if !status.success() {
            bail!("scripts/engine start: {status}");
        }
        Ok(())
    }
}
