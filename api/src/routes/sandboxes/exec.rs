//! `POST /v1/sandboxes/{id}/exec`

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use sandboxd_shared::config::parse_duration;
use sandboxd_shared::domain::FilePath;
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::node::{EXEC_TIMEOUT_MAX, ExecRequest};
use serde::Deserialize;
use utoipa::ToSchema;

use super::exec_stream::{self, Form};
use super::exec_whole::{self, ExecResult};
use super::stream::used_by;
use crate::auth::{Tenant, until_revoked};
use crate::limits::Turn;
use crate::node::Program;
use crate::openapi::{Conflict, SandboxUnavailable};
use crate::server::Api;
use crate::web::{ApiError, PathId, Post, accepts, wants_events};

/// How long a program may run unless the request says.
const TIMEOUT_DEFAULT: Duration = Duration::from_secs(30);
/// What a program gets at most: its arguments, and variables, with their bytes (`execve(2)`).
const LIST_MAX: usize = 256;
const BYTES_MAX: usize = 128 * 1024;

/// A program to run, in the app folder unless `cwd` says.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({ "cmd": "git status", "timeout": "10s", "env": { "CI": "1" } })))]
pub(crate) struct Exec {
    cmd: ExecCommand,
    /// A duration such as "30s", which it is if not given; at most "1h".
    #[schema(pattern = "^([1-9][0-9]{0,5}ms|[1-9][0-9]{0,2}s|[1-5]?[1-9]m|1h)$")]
    timeout: Option<String>,
    /// Variables beside the usual ones. It doesn't get the app's config.
    #[serde(default)]
    env: BTreeMap<String, String>,
    /// A folder, from the app folder.
    #[schema(value_type = Option<String>)]
    cwd: Option<FilePath>,
}

/// A line for the shell, or a program with its arguments.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(
    untagged,
    expecting = "must be a line for the shell, or a list of a program and its arguments"
)]
enum ExecCommand {
    Line(String),
    Argv(Vec<String>),
}

impl Exec {
    fn checked(self) -> Result<ExecRequest, ApiError> {
        let timeout = self.timeout.as_deref().map(timeout_ms).transpose()?;
        let timeout = timeout.unwrap_or(TIMEOUT_DEFAULT);
        let argv = match self.cmd {
            ExecCommand::Line(line) => vec!["sh".to_owned(), "-c".to_owned(), line],
            ExecCommand::Argv(argv) => argv,
        };
        check_argv(&argv).map_err(|what| ApiError::field("cmd", what))?;
        check_env(&self.env).map_err(|what| ApiError::field("env", what))?;
        Ok(ExecRequest {
            argv,
            cwd: self.cwd.map(|path| path.as_str().to_owned()),
            env: self.env,
            timeout_ms: Some(u64::try_from(timeout.as_millis()).unwrap_or(EXEC_TIMEOUT_MAX)),
            pty: None,
        })
    }
}

fn timeout_ms(text: &str) -> Result<Duration, ApiError> {
    let wrong = || ApiError::field("timeout", "must be a duration from 1ms to 1h, such as \"30s\"");
    let time = parse_duration(text).map_err(|_| wrong())?;
    let range = Duration::from_millis(1)..=Duration::from_millis(EXEC_TIMEOUT_MAX);
    if range.contains(&time) { Ok(time) } else { Err(wrong()) }
}

fn check_argv(argv: &[String]) -> Result<(), &'static str> {
    if argv.first().is_none_or(|program| program.trim().is_empty()) {
        return Err("must name a program");
    }
    if argv.len() > LIST_MAX || argv.iter().map(|word| word.len() + 1).sum::<usize>() > BYTES_MAX {
        return Err("must have at most 256 words and 128 KiB");
    }
    if argv.iter().any(|word| word.contains('\0')) {
        return Err("must not have a NUL in it");
    }
    Ok(())
}

fn check_env(env: &BTreeMap<String, String>) -> Result<(), &'static str> {
    let bytes: usize = env.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
    if env.len() > LIST_MAX || bytes > BYTES_MAX {
        return Err("must have at most 256 variables and 128 KiB");
    }
    if env.keys().any(|name| name.is_empty() || name.contains(['=', '\0'])) {
        return Err("a name must not be empty, nor have an = or a NUL in it");
    }
    if env.values().any(|value| value.contains('\0')) {
        return Err("a value must not have a NUL in it");
    }
    Ok(())
}

/// Runs a program
///
/// In a sandbox that runs. The answer comes when it has ended, with up to 1 MiB of what it said on each
/// stream. With `Accept: text/event-stream` or `application/x-ndjson` what it says comes as it says it: events
/// or lines of the types `stdout` and `stderr` with a `text`, and at the end `exit`, or `error` if the end
/// isn't known. A client that hangs up ends it. An answer that is repeated for an `Idempotency-Key` has up
/// to 32 KiB of each stream; a stream can't be repeated and takes no key.
#[utoipa::path(
    post, path = "/v1/sandboxes/{id}/exec", tag = "programs",
    params(PathId<SandboxId>),
    request_body = Exec,
    responses(
        (status = 200, description = "What it said, or says", content(
            (ExecResult = "application/json"),
            (String = "text/event-stream", example = json!("event: stdout\ndata: {\"text\":\"ok\"}\n\n")),
            (String = "application/x-ndjson", example = json!("{\"text\":\"ok\",\"type\":\"stdout\"}\n")),
        )),
        Conflict, SandboxUnavailable,
    ),
)]
pub(crate) async fn exec_command(
    State(api): State<Api>,
    tenant: Tenant,
    turn: Turn,
    PathId(id): PathId<SandboxId>,
    headers: HeaderMap,
    Post { body, once }: Post<Exec>,
) -> Result<Response, ApiError> {
    let wanted = body.checked()?;
    let form = match (wants_events(&headers), accepts(&headers, "application/x-ndjson")) {
        (true, _) => Some(Form::Events),
        (false, true) => Some(Form::Lines),
        (false, false) => None,
    };
    if form.is_some() && once.has_key() {
        return Err(ApiError::field("Idempotency-Key", "a stream can't be repeated from one"));
    }
    let sandbox = used_by(&api, &tenant, id).await?;
    if let Some(replayed) = once.replayed(&api, &tenant).await? {
        return Ok(replayed);
    }
    let limit = wanted.timeout_ms.map_or(TIMEOUT_DEFAULT, Duration::from_millis);
    let mut program = Program::start(&api.nodes, &sandbox, &wanted).await?;
    // It gets no input. One that has ended already has an end to tell of.
    let _ = program.input.send(&[]).await;
    if let Some(form) = form {
        return Ok(exec_stream::answer(&api, id, turn, program, form));
    }
    let said = tokio::select! {
        said = exec_whole::collect(&api, id, program, limit) => said?,
        () = until_revoked(&api, &tenant) => {
            return Err(ApiError::not_let_in("what the program was started with has ended"));
        }
    };
    once.kept(&api, &tenant, &said.to_keep()).await?;
    Ok(said.answer().into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(body: serde_json::Value) -> Result<ExecRequest, String> {
        let exec: Exec = serde_json::from_value(body).map_err(|error| error.to_string())?;
        exec.checked().map_err(|error| error.to_string())
    }

    #[test]
    fn a_line_is_for_the_shell_and_a_list_is_not() {
        let line = checked(serde_json::json!({ "cmd": "ls | wc" })).unwrap();
        assert_eq!(line.argv, ["sh", "-c", "ls | wc"]);
        assert_eq!(line.timeout_ms, Some(30_000));
        let list = checked(serde_json::json!({ "cmd": ["ls", "-l"], "timeout": "1h" })).unwrap();
        assert_eq!((list.argv.len(), list.timeout_ms), (2, Some(3_600_000)));
    }

    #[test]
    fn what_no_program_can_be_given_is_refused() {
        for (body, word) in [
            (serde_json::json!({ "cmd": [] }), "cmd"),
            (serde_json::json!({ "cmd": [" "] }), "cmd"),
            (serde_json::json!({ "cmd": 5 }), "must be a line"),
            (serde_json::json!({ "cmd": "a\u{0}b" }), "cmd"),
            (serde_json::json!({ "cmd": vec!["x"; 257] }), "cmd"),
            (serde_json::json!({ "cmd": "x".repeat(BYTES_MAX) }), "cmd"),
            (serde_json::json!({ "cmd": "x", "env": { "": "1" } }), "env"),
            (serde_json::json!({ "cmd": "x", "env": { "A=B": "1" } }), "env"),
            (serde_json::json!({ "cmd": "x", "env": { "A": "\u{0}" } }), "env"),
            (serde_json::json!({ "cmd": "x", "timeout": "0" }), "timeout"),
            (serde_json::json!({ "cmd": "x", "timeout": "61m" }), "timeout"),
            (serde_json::json!({ "cmd": "x", "cwd": "../x" }), ".."),
            (serde_json::json!({ "cmd": "x", "cwd": "/etc" }), "relative"),
        ] {
            let refused = checked(body.clone()).unwrap_err();
            assert!(refused.contains(word), "{body}: {refused}");
        }
    }
}
