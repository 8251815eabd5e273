//! The real processes of a sandbox, as the dev server's life needs them.

use std::io::{self, PipeWriter};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use rustix::process::{Pid, Signal};

use crate::app_command::{AppCommand, detect};
use crate::children::Children;
use crate::config::Config;
use crate::dev_server::Processes;
use crate::environment::Environment;
use crate::event::Event;
use crate::log_file::LogFile;
use crate::seed;

/// How long the dev server's port may take to accept; on loopback it does at once or not at all.
const PROBE_TIMEOUT: Duration = Duration::from_millis(100);

pub(crate) struct SandboxProcesses {
    pub(crate) config: Config,
    pub(crate) children: Arc<Children>,
    pub(crate) environment: Arc<Environment>,
    pub(crate) events: SyncSender<Event>,
    pub(crate) log: Arc<LogFile>,
    /// One pipe for all that ever runs: a process that escapes its group and keeps the writing
    /// end open costs nothing then.
    pub(crate) output: PipeWriter,
}

impl Processes for SandboxProcesses {
    fn detect(&mut self) -> Result<Option<AppCommand>, String> {
        let default = self.template_default();
        detect(&self.config.app(), Some(&default), self.config.search_path())
            .map_err(|error| error.to_string())
    }

    fn start(&mut self, command: &[String]) -> io::Result<Pid> {
        let (program, arguments) = command.split_first().ok_or(io::ErrorKind::InvalidInput)?;
        let mut process = Command::new(program);
        process
            .args(arguments)
            .current_dir(self.config.app())
            .env_clear()
            .envs(self.config.environment_with(self.environment.values()))
            .stdout(self.output.try_clone()?)
            .stderr(self.output.try_clone()?);
        let events = self.events.clone();
        self.children.spawn(&mut process, move |pid, exit| {
            let _ = events.send(Event::Exited(pid, exit));
        })
    }

    fn signal(&mut self, pid: Pid, signal: Signal) {
        self.children.signal(pid, signal);
    }

    fn listening(&mut self) -> bool {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.config.port));
        TcpStream::connect_timeout(&address, PROBE_TIMEOUT).is_ok()
    }

    fn note(&mut self, text: &str) {
        self.log.note(text);
    }
}

impl SandboxProcesses {
    fn template_default(&self) -> PathBuf {
        self.config.templates.join(format!("{}.yaml", seed::template(&self.config)))
    }
}
