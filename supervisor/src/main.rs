//! `sandbox-init`: PID 1 of a sandbox. Seeds the workspace, supervises the dev server, reaps,
//! and answers the host on a Unix socket (PROTOCOL.md).

mod app_command;
mod backoff;
mod bounded_read;
mod children;
mod config;
mod connection;
mod copy_tree;
mod dev_server;
mod environment;
mod event;
mod exec;
mod files;
mod files_mode;
mod framing;
mod git_reset;
mod log_feed;
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
mod slots;
mod status;
mod stream;
mod supervisor;
mod task;

use std::error::Error;
use std::io;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use rustix::process::{DumpableBehavior, getpid, set_child_subreaper, set_dumpable_behavior};

use crate::children::Children;
use crate::config::Config;
use crate::dev_server::DevServer;
use crate::environment::Environment;
use crate::event::MAX_EVENTS;
use crate::exec::Programs;
use crate::files::Home;
use crate::log_file::LogFile;
use crate::ops::{Context, Live};
use crate::sandbox_processes::SandboxProcesses;
use crate::status::StatusBoard;
use crate::supervisor::Supervisor;
use crate::task::Tasks;

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
    // Processes of the same user are not to read the values that this one holds.
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    let mut arguments = std::env::args_os().skip(1).peekable();
    if arguments.next_if(|argument| argument == "files").is_some() {
        return Ok(files_mode::run(arguments)?);
    }
    let config = Config::parse(arguments, std::env::vars_os())?;
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
    let environment = Arc::new(Environment::default());
    let socket = config.run.join("init.sock");
    let home =
        Home::open(&config.home).map_err(|error| format!("{}: {error}", config.home.display()))?;
    files::sweep(&home);
    let tasks =
        Tasks::open(&config.run).map_err(|error| format!("{}: {error}", config.run.display()))?;
    let live = Live {
        status: Arc::clone(&status),
        log: Arc::clone(&log),
        events: sender.clone(),
        environment: Arc::clone(&environment),
        programs: Programs { config: config.clone(), children: Arc::clone(&children) },
        tasks: Arc::clone(&tasks),
    };
    let context = Context { home, live: Some(live), long_requests: Mutex::default() };
    server::serve(&socket, context).map_err(|error| format!("{}: {error}", socket.display()))?;

    let processes = SandboxProcesses {
        config: config.clone(),
        children: Arc::clone(&children),
        environment,
        events: sender.clone(),
        log,
        output,
    };
    let dev_server = DevServer::new(processes, config.await_environment);
    Supervisor { config, children, tasks, dev_server, status, sender, events }.run();
    Ok(())
}
