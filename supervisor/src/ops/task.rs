//! `task.start`, `task.status` and `task.cancel`: programs that outlive their callers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Map;

use super::{Context, Live};
use crate::exec::{Bounds, Program};
use crate::protocol::{Answer, Refusal, Request, body};
use crate::task::{Handed, Order, TaskId};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Start {
    id: String,
    argv: Vec<String>,
    #[serde(default)]
    cwd: Option<String>,
    #[serde(default)]
    env: Option<BTreeMap<String, String>>,
    timeout_ms: u64,
    #[serde(default)]
    output_limit: Option<u64>,
}

#[derive(Serialize)]
struct Started<T> {
    started: bool,
    #[serde(flatten)]
    task: T,
}

#[derive(Serialize)]
struct Process {
    pid: i32,
}

pub(super) fn start(context: &Context, live: &Live, request: Request) -> Answer {
    let order = order(request.arguments()?)?;
    match live.tasks.start(&live.programs, &context.home, &order)? {
        Handed::Started { pid } => body(&Started { started: true, task: Process { pid } }),
        Handed::Known(task) => body(&Started { started: false, task }),
    }
}

fn order(arguments: Start) -> Result<Order, Refusal> {
    let Start { id, argv, cwd, env, timeout_ms, output_limit } = arguments;
    let id = TaskId::parse(&id)?;
    let (folder, env) = (cwd.unwrap_or_default(), env.unwrap_or_default());
    let program = Program::new(Bounds::TASK, argv, &folder, env, Some(timeout_ms), None)?;
    Order::new(id, program, output_limit)
}

pub(super) fn status(live: &Live, request: Request) -> Answer {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Arguments {
        id: String,
    }
    let Arguments { id } = request.arguments()?;
    body(&live.tasks.report(&TaskId::parse(&id)?)?)
}

/// Answers once the wish is taken note of; the result tells of its end.
pub(super) fn cancel(live: &Live, request: Request) -> Answer {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Arguments {
        id: String,
        reason: Reason,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Reason {
        Cancelled,
    }
    let Arguments { id, reason: Reason::Cancelled } = request.arguments()?;
    live.tasks.cancel(&TaskId::parse(&id)?)?;
    Ok(Map::new())
}
