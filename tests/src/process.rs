//! A process under test: started, watched, stopped, killed.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal};

/// How long a process may take to end by itself.
const STOP_LIMIT: Duration = Duration::from_secs(15);
const TICK: Duration = Duration::from_millis(10);

/// A running process whose output goes to a file. Killed when dropped.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts `command`, with its output in `<logs>/<name>.log`.
    ///
    /// # Errors
    /// I/O.
    pub fn start(name: &str, command: &mut Command, logs: &Path) -> io::Result<Self> {
        let log = logs.join(format!("{name}.log"));
        let out = File::options().create(true).append(true).open(&log)?;
        let child = command.stdin(Stdio::null()).stdout(out.try_clone()?).stderr(out).spawn()?;
        Ok(Self { name: name.to_owned(), child, log })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has written.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Sends a signal to it, if it still runs.
    ///
    /// # Errors
    /// I/O.
    pub fn signal(&mut self, signal: Signal) -> io::Result<()> {
        if self.child.try_wait()?.is_some() {
            return Ok(());
        }
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let pid = pid.expect("invariant: a child has a process id");
        Ok(rustix::process::kill_process(pid, signal)?)
    }

    /// Kills it with SIGKILL and waits for it.
    ///
    /// # Errors
    /// I/O.
    pub fn kill(&mut self) -> io::Result<ExitStatus> {
        self.child.kill()?;
        self.child.wait()
    }

    /// How it ended, if it has.
    ///
    /// # Errors
    /// I/O.
    pub fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Waits until it ends by itself.
    ///
    /// # Errors
    /// I/O, `TimedOut` among them.
    pub async fn wait(&mut self, limit: Duration) -> io::Result<ExitStatus> {
        let until = tokio::time::Instant::now() + limit;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if tokio::time::Instant::now() >= until {
                return Err(io::ErrorKind::TimedOut.into());
            }
            tokio::time::sleep(TICK).await;
        }
    }

    /// Asks it to end and waits.
    ///
    /// # Errors
    /// I/O, `TimedOut` among them.
    pub async fn stop(&mut self) -> io::Result<ExitStatus> {
        self.signal(Signal::TERM)?;
        self.wait(STOP_LIMIT).await
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
