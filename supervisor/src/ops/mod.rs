//! What a client can ask for: one file per operation.

mod logs;
mod restart;
mod status;

use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use crate::event::Event;
use crate::log_file::LogFile;
use crate::protocol::{Answer, Refusal, Request};
use crate::status::StatusBoard;

/// What the operations work with.
pub(crate) struct Context {
    pub(crate) status: Arc<StatusBoard>,
    pub(crate) log: Arc<LogFile>,
    pub(crate) events: SyncSender<Event>,
}

/// Answers one request line.
pub(crate) fn answer(context: &Context, line: &[u8]) -> Answer {
    let request = Request::parse(line)?;
    match request.op.as_str() {
        "status" => status::run(context, request),
        "restart" => restart::run(context, request),
        "logs" => logs::run(context, request),
        _ => Err(Refusal::new("unknown_op", "known are status, restart and logs")),
    }
}
