//! What a client can ask for: one file per operation or family of them.

mod build_command;
mod environment;
mod exec;
mod files;
mod logs;
mod logs_follow;
mod restart;
mod status;
mod task;
mod task_follow;

use std::io;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex};

use crate::environment::Environment;
use crate::event::Event;
use crate::exec::Programs;
use crate::files::Home;
use crate::log_file::LogFile;
use crate::protocol::{Answer, MAX_LONG_REQUEST, MAX_REQUEST, MAX_TASK_REQUEST, Refusal, Request};
use crate::status::StatusBoard;
use crate::stream::Stream;
use crate::task::Tasks;

/// What the operations work with.
pub(crate) struct Context {
    pub(crate) home: Home,
    /// Absent where only the files are served.
    pub(crate) live: Option<Live>,
    /// Held while a long request is taken apart, which takes many times its size.
    pub(crate) long_requests: Mutex<()>,
}

/// The running sandbox.
pub(crate) struct Live {
    pub(crate) status: Arc<StatusBoard>,
    pub(crate) log: Arc<LogFile>,
    pub(crate) events: SyncSender<Event>,
    pub(crate) environment: Arc<Environment>,
    pub(crate) programs: Programs,
    pub(crate) tasks: Arc<Tasks>,
}

/// Whether the operation takes its connection over.
pub(crate) fn is_stream(op: &str) -> bool {
    op.starts_with("files.") || matches!(op, "exec" | "logs.follow" | "task.follow")
}

/// Longest request for this operation, bytes.
pub(crate) fn longest(op: &str) -> usize {
    match op {
        "environment" | "exec" => MAX_LONG_REQUEST,
        "task.start" => MAX_TASK_REQUEST,
        _ => MAX_REQUEST,
    }
}

/// Answers a request.
pub(crate) fn answer(context: &Context, request: Request) -> Answer {
    let Some(live) = &context.live else { return Err(unknown()) };
    match request.op.as_str() {
        "status" => status::run(live, request),
        "restart" => restart::run(live, request),
        "logs" => logs::run(live, request),
        "environment" => environment::run(live, request),
        "task.start" => task::start(context, live, request),
        "task.status" => task::status(live, request),
        "task.cancel" => task::cancel(live, request),
        "build_command" => build_command::run(live, request),
        _ => Err(unknown()),
    }
}

/// Gives the connection to an operation. An error means that it was cut.
pub(crate) fn stream(context: &Context, request: Request, mut stream: Stream) -> io::Result<()> {
    match (request.op.as_str(), &context.live) {
        ("exec", Some(live)) => exec::run(context, live, request, stream),
        ("logs.follow", Some(live)) => logs_follow::run(live, request, stream),
        ("task.follow", Some(live)) => task_follow::run(live, request, stream),
        ("files.list", _) => files::list(context, request, &mut stream),
        ("files.read", _) => files::read(context, request, &mut stream),
        ("files.write", _) => files::write(context, request, &mut stream),
        ("files.remove", _) => files::remove(context, request, &mut stream),
        ("files.export", _) => files::export(context, request, &mut stream),
        _ => stream.answer(Err(unknown())),
    }
}

fn unknown() -> Refusal {
    Refusal::new("unknown_op", "PROTOCOL.md of this version has no such operation here")
}
