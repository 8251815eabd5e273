//! `files.*`: their arguments; the work is in the `files` folder.

use std::io;

use serde::Deserialize;
use serde_json::Map;

use super::Context;
use crate::files::{self, AppPath, MAX_ENTRIES};
use crate::protocol::{Refusal, Request};
use crate::stream::Stream;

/// Entries of a list that nobody bounded.
const DEFAULT_LIMIT: usize = 1000;
/// Paths that an export can leave out.
const MAX_EXCLUDED: usize = 64;

pub(super) fn list(context: &Context, request: Request, stream: &mut Stream) -> io::Result<()> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Arguments {
        path: String,
        #[serde(default)]
        recursive: bool,
        #[serde(default = "default_limit")]
        limit: usize,
    }
    fn default_limit() -> usize {
        DEFAULT_LIMIT
    }
    let parsed = request.arguments::<Arguments>().and_then(|arguments| {
        if !(1..=MAX_ENTRIES).contains(&arguments.limit) {
            return Err(invalid(format!("limit is 1 to {MAX_ENTRIES}")));
        }
        Ok((AppPath::parse(&arguments.path)?, arguments))
    });
    match parsed {
        Ok((path, arguments)) => {
            files::list(&context.home, &path, arguments.recursive, arguments.limit, stream)
        }
        Err(refusal) => stream.answer(Err(refusal)),
    }
}

pub(super) fn read(context: &Context, request: Request, stream: &mut Stream) -> io::Result<()> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Arguments {
        path: String,
    }
    let parsed = request.arguments().and_then(|Arguments { path }| AppPath::parse(&path));
    match parsed {
        Ok(path) => files::read(&context.home, &path, stream),
        Err(refusal) => stream.answer(Err(refusal)),
    }
}

pub(super) fn write(context: &Context, request: Request, stream: &mut Stream) -> io::Result<()> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Arguments {
        path: String,
        mode: Option<u32>,
    }
    let parsed = request.arguments::<Arguments>().and_then(|arguments| {
        if arguments.mode.is_some_and(|mode| mode > 0o777) {
            return Err(invalid("mode is 0 to 511 (0777)".to_owned()));
        }
        Ok((AppPath::parse(&arguments.path)?, arguments.mode))
    });
    match parsed {
        Ok((path, mode)) => files::write(&context.home, &path, mode, stream),
        Err(refusal) => stream.answer(Err(refusal)),
    }
}

pub(super) fn remove(context: &Context, request: Request, stream: &mut Stream) -> io::Result<()> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Arguments {
        path: String,
        #[serde(default)]
        recursive: bool,
    }
    let removed = request.arguments::<Arguments>().and_then(|arguments| {
        let path = AppPath::parse(&arguments.path)?;
        files::remove(&context.home, &path, arguments.recursive)
    });
    stream.answer(removed.map(|()| Map::new()))
}

pub(super) fn export(context: &Context, request: Request, stream: &mut Stream) -> io::Result<()> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Arguments {
        #[serde(default)]
        path: String,
        #[serde(default)]
        exclude: Vec<String>,
    }
    let parsed = request.arguments::<Arguments>().and_then(|arguments| {
        if arguments.exclude.len() > MAX_EXCLUDED {
            return Err(invalid(format!("exclude has at most {MAX_EXCLUDED} paths")));
        }
        let exclude: Result<Vec<_>, _> =
            arguments.exclude.iter().map(|path| AppPath::parse(path)).collect();
        Ok((AppPath::parse(&arguments.path)?, exclude?))
    });
    match parsed {
        Ok((path, exclude)) => files::export(&context.home, &path, &exclude, stream),
        Err(refusal) => stream.answer(Err(refusal)),
    }
}

fn invalid(message: String) -> Refusal {
    Refusal::new("invalid_request", message)
}
