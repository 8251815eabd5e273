//! `build_command`: how the app is built, as it is now.

use serde::Serialize;

use super::Live;
use crate::app_command::{BuildCommand, BuildSource, detect_build};
use crate::protocol::{Answer, NoArguments, Request, body};

#[derive(Serialize)]
struct Reply {
    command: Option<Vec<String>>,
    source: Option<BuildSource>,
    /// Why it can't be told, for people.
    error: Option<String>,
}

pub(super) fn run(live: &Live, request: Request) -> Answer {
    let NoArguments {} = request.arguments()?;
    let config = &live.programs.config;
    let (build, error) = match detect_build(&config.app(), config.search_path()) {
        Ok(build) => (build, None),
        Err(error) => (None, Some(error.to_string())),
    };
    let (command, source) = build.map(|BuildCommand { argv, source }| (argv, source)).unzip();
    body(&Reply { command, source, error })
}
