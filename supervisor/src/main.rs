//! `sandbox-init`: PID 1 of a sandbox. Seeds the workspace, supervises the dev server, reaps,
//! and answers the host on a Unix socket (PROTOCOL.md).

mod app_command;
mod backoff;
mod bounded_read;
mod children;
mod config;
mod copy_tree;
mod dev_server;
mod event;
mod git_reset;
mod log_file;
mod marker;
mod ops;
mod protocol;
mod repository;
mod sandbox_processes;
mod sandbox_yaml;
mod seed;
mod server;
mod signals;
mod status;
mod supervisor;

use std::error::Error;
use std::io;
use std::process::ExitCode;
use std::sync::{Arc, mpsc};
use std::thread;

use rustix::process::{getpid, set_child_subreaper};

use crate::children::Children;
use crate::config::Config;
use crate::dev_server::DevServer;
use crate::event::MAX_EVENTS;
use crate::log_file::LogFile;
use crate::ops::Context;
use crate::sandbox_processes::SandboxProcesses;
use crate::status::StatusBoard;
use crate::supervisor::Supervisor;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sandbox-init: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let config = Config::parse(std::env::args_os().skip(1), std::env::vars_os())?;
    let (sender, events) = mpsc::sync_channel(MAX_EVENTS);
    let children = Arc::new(Children::default());
    // Orphans come to us even where something else is PID 1 (`docker run --init`).
    set_child_subreaper(Some(getpid()))?;
    signals::listen(Arc::clone(&children), sender.clone())?;

    let log = Arc::new(LogFile::new(&config.run, log_file::FILE_LIMIT));
    let (reader, output) = io::pipe()?;
    let filled = Arc::clone(&log);
    thread::Builder::new().name("log".into()).spawn(move || filled.fill_from(reader))?;

    let status = Arc::new(StatusBoard::default());
    let socket = config.run.join("init.sock");
    let context =
        Context { status: Arc::clone(&status), log: Arc::clone(&log), events: sender.clone() };
    server::serve(&socket, context).map_err(|error| format!("{}: {error}", socket.display()))?;

    let processes = SandboxProcesses {
        config: config.clone(),
        children: Arc::clone(&children),
        events: sender.clone(),
        log,
        output,
    };
    let dev_server = DevServer::new(processes);
    Supervisor { config, children, dev_server, status, sender, events }.run();
    Ok(())
}
