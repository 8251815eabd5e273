//! `sandboxctl exec` and `sandboxctl terminal`

use std::collections::BTreeMap;
use std::io::{self, Write};

use clap::Args;
use reqwest::Method;
use serde_json::{Value, json};

use super::terminal;
use crate::client::{Body, Failure, Route, exit};
use crate::session::{Session, or_interrupted};

/// How long a program may take at most, in seconds.
const PROGRAM_MAX: u64 = 3600;

/// Run a program in a sandbox; its exit code is passed on
///
/// In the app folder, without input. What it writes comes as it writes it. `exec shop -- sh -c 'ls | wc'`
/// runs a line of shell. For a shell of your own see `terminal`.
#[derive(Debug, Args)]
pub(crate) struct Exec {
    /// The app's id or name, or its sandbox's id
    #[arg(value_name = "APP|SANDBOX")]
    sandbox: String,
    /// A variable for it; may be given several times
    #[arg(long, short, value_name = "NAME=VALUE", value_parser = variable)]
    env: Vec<(String, String)>,
    /// A folder, from the app folder
    #[arg(long, value_name = "FOLDER")]
    cwd: Option<String>,
    /// How long it may take, such as 30s, which it is unless said; at most 1h
    #[arg(long, value_name = "TIME")]
    timeout: Option<String>,
    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<String>,
}

/// Open a shell in a sandbox
#[derive(Debug, Args)]
#[command(alias = "ssh")]
pub(crate) struct Terminal {
    /// The app's id or name, or its sandbox's id
    #[arg(value_name = "APP|SANDBOX")]
    sandbox: String,
}

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("it is NAME=VALUE".to_owned()),
    }
}

impl Exec {
    fn body(self) -> Value {
        let mut body = json!({ "cmd": self.command });
        if !self.env.is_empty() {
            body["env"] = json!(self.env.into_iter().collect::<BTreeMap<_, _>>());
        }
        for (name, value) in [("cwd", self.cwd), ("timeout", self.timeout)] {
            if let Some(value) = value {
                body[name] = value.into();
            }
        }
        body
    }

    pub(crate) async fn run(self, session: &Session) -> Result<(), Failure> {
        let id = session.client.find_sandbox_id(&self.sandbox).await?;
        let route = Route::v1(["sandboxes", &id, "exec"]);
        let ended = "its program is ended with the connection".to_owned();
        if session.out.json {
            let ask = session.client.post_within(&route, self.body(), PROGRAM_MAX);
            let answer = or_interrupted(ask, ended).await?;
            session.out.raw(&answer.body);
            return end(&answer.json());
        }
        end(&or_interrupted(stream(session, &route, self.body()), ended).await?)
    }
}

impl Terminal {
    pub(crate) async fn run(self, session: &Session) -> Result<(), Failure> {
        let id = session.client.find_sandbox_id(&self.sandbox).await?;
        end(&terminal::run(&session.client, &id).await?)
    }
}

/// Passes on what a program writes, as it comes. Gives its end.
async fn stream(session: &Session, route: &Route, body: Value) -> Result<Value, Failure> {
    let lines = [("accept", "application/x-ndjson".to_owned())];
    let client = &session.client;
    // A program may be silent for as long as it may run.
    let mut stream = client.open(Method::POST, route, Body::Json(body), &lines, None).await?;
    let mut rest = Vec::new();
    while let Some(piece) = stream.next().await? {
        rest.extend_from_slice(&piece);
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = rest.drain(..=end).collect();
            let said: Value = serde_json::from_slice(&line).unwrap_or_default();
            match said["type"].as_str() {
                Some("stdout") => pass_on(&mut io::stdout(), &said)?,
                Some("stderr") => pass_on(&mut io::stderr(), &said)?,
                Some("exit") => return Ok(said),
                Some("error") => {
                    let message = said["error"]["message"].as_str().unwrap_or_default();
                    return Err(Failure::Failed(message.to_owned()));
                }
                _ => {}
            }
        }
    }
    Err(Failure::Failed("the connection broke off; it isn't known how the program ended".into()))
}

fn pass_on(to: &mut impl Write, said: &Value) -> Result<(), Failure> {
    let text = said["text"].as_str().unwrap_or_default();
    to.write_all(text.as_bytes()).and_then(|()| to.flush()).map_err(Failure::io("the output"))
}

/// The exit code that an end stands for, as a shell has it.
fn end(ended: &Value) -> Result<(), Failure> {
    if ended["timed_out"] == true {
        eprintln!("it ran out of time and was ended; give it more: --timeout");
        return Err(Failure::Exit(124));
    }
    let number = |key: &str| ended[key].as_i64().and_then(|number| u8::try_from(number).ok());
    match (number("exit_code"), number("signal")) {
        (Some(0), _) => Ok(()),
        (Some(code), _) => Err(Failure::Exit(code)),
        (None, Some(signal)) => Err(Failure::Exit(128 | signal)),
        (None, None) => Err(Failure::Exit(exit::EXEC)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_exit_codes() {
        for (ended, wanted) in [
            (json!({ "exit_code": 3, "signal": null, "timed_out": false }), 3),
            (json!({ "exit_code": null, "signal": 9, "timed_out": false }), 137),
            (json!({ "exit_code": null, "signal": 9, "timed_out": true }), 124),
            (json!({}), 125),
        ] {
            assert_eq!(end(&ended).unwrap_err().exit_code(), wanted, "{ended}");
        }
        assert!(end(&json!({ "exit_code": 0 })).is_ok());
    }

    #[test]
    fn a_variable_has_a_name() {
        assert_eq!(variable("A=b=c").unwrap(), ("A".to_owned(), "b=c".to_owned()));
        assert!(variable("=b").is_err() && variable("A").is_err());
    }
}
