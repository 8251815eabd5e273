//! Who is to do a task, as commands that have one done take it.

use clap::Args;
use serde_json::Value;

#[derive(Debug, Args)]
pub(super) struct Work {
    /// Who does it: opencode, claude-code, codex, gemini or command; opencode unless said
    #[arg(long)]
    agent: Option<String>,
    /// The model, in the agent's own spelling
    #[arg(long)]
    model: Option<String>,
    /// How long it may take, such as 10m; 30m unless said
    #[arg(long, value_name = "TIME")]
    timeout: Option<String>,
    /// For agent command: the program and its arguments; the prompt is in SANDBOXD_PROMPT
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

impl Work {
    /// Says it in a request; what wasn't said is left to the API.
    pub(super) fn add_to(self, body: &mut Value) {
        let agent = match self.agent {
            None if !self.command.is_empty() => Some("command".to_owned()),
            agent => agent,
        };
        for (name, value) in [("agent", agent), ("model", self.model), ("timeout", self.timeout)] {
            if let Some(value) = value {
                body[name] = value.into();
            }
        }
        if !self.command.is_empty() {
            body["command"] = self.command.into();
        }
    }
}
