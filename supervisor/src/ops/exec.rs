//! `exec`: runs a program for the caller.

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};

use super::{Context, Live};
use crate::exec::{Bounds, Program, Session, Size, start};
use crate::protocol::{Request, body};
use crate::stream::Stream;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arguments {
    argv: Vec<String>,
    #[serde(default)]
    cwd: Option<String>,
    #[serde(default)]
    env: Option<BTreeMap<String, String>>,
    #[serde(default)]
    timeout_ms: Option<u64>,
    #[serde(default)]
    pty: Option<Size>,
}

#[derive(Serialize)]
struct Reply {
    pid: i32,
}

pub(super) fn run(
    context: &Context,
    live: &Live,
    request: Request,
    mut stream: Stream,
) -> io::Result<()> {
    let started = request.arguments::<Arguments>().and_then(|arguments| {
        let Arguments { argv, cwd, env, timeout_ms, pty } = arguments;
        let folder = cwd.unwrap_or_default();
        let env = env.unwrap_or_default();
        let program = Program::new(Bounds::EXEC, argv, &folder, env, timeout_ms, pty)?;
        Ok((start(&live.programs, &context.home, &program)?, program.timeout))
    });
    let (started, timeout) = match started {
        Ok(started) => started,
        Err(refusal) => return stream.answer(Err(refusal)),
    };
    // A caller who is gone already is found to be by the session, which ends the program.
    let _ = stream.answer(body(&Reply { pid: started.pid() }));
    let (socket, frames) = stream.into_parts();
    Session::new(started, timeout, socket, frames).run();
    Ok(())
}
