//! Agent CLIs: how each is started without a terminal, and how its output is read.
//!
//! A stand-in with one agent, `command`, until the adapters are there.

use std::collections::BTreeMap;

use sandboxd_shared::app_config::Environment;
use sandboxd_shared::domain::{Agent, OutputKind};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What an agent is asked.
#[derive(Debug)]
pub struct Request<'a> {
    /// What is to be done.
    pub prompt: &'a str,
    /// The model.
    pub model: Option<&'a str>,
    /// The program, for `command`.
    pub command: Option<&'a [String]>,
    /// The agent's own session to go on with.
    pub session: Option<&'a str>,
    /// The app's config, as far as agents get it.
    pub environment: &'a Environment,
}

/// What is started.
#[derive(Debug)]
pub struct Launch {
    /// Program and arguments, without secrets.
    pub argv: Vec<String>,
    /// Its environment.
    pub env: BTreeMap<String, SecretString>,
}

/// What is missing.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NotReady(pub String);

/// How an agent is started.
///
/// # Errors
/// [`NotReady`]
pub fn launch(agent: Agent, request: &Request<'_>) -> Result<Launch, NotReady> {
    let Some(command) = request.command.filter(|_| agent == Agent::Command) else {
        return Err(NotReady(format!("agent {agent} isn't there yet")));
    };
    let mut env = request.environment.clone();
    env.insert("SANDBOXD_PROMPT".to_owned(), request.prompt.into());
    Ok(Launch { argv: command.to_vec(), env })
}

/// Reads an agent's output.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Reader {}

/// What was read.
#[derive(Debug)]
pub enum Piece {
    /// For the task's output.
    Event {
        /// What it tells of.
        kind: OutputKind,
        /// By its kind.
        data: Value,
    },
    /// The agent's own session.
    Session(String),
    /// What it said last.
    FinalMessage(String),
    /// What it used.
    Usage(Value),
    /// It says that it failed.
    Failed(String),
}

impl Reader {
    /// Reads a line.
    pub fn line(&mut self, _agent: Agent, line: &[u8]) -> Vec<Piece> {
        let data = json!({ "text": String::from_utf8_lossy(line), "raw": true });
        vec![Piece::Event { kind: OutputKind::Message, data }]
    }

    /// What is left at the end.
    pub fn finish(&mut self, _agent: Agent) -> Vec<Piece> {
        Vec::new()
    }
}
