//! The coding agents that tasks can be given to, what each needs, and what is told of their work.

use serde::Serialize;
use utoipa::ToSchema;

use super::text_enum;

text_enum! {
    /// Who does a task.
    Agent {
        Opencode = "opencode",
        ClaudeCode = "claude-code",
        Codex = "codex",
        Gemini = "gemini",
        /// Any program: the task says which.
        Command = "command",
    }
}

text_enum! {
    /// What an entry of a task's output is about.
    OutputKind {
        /// Where the work stands.
        Status = "status",
        /// What the agent, or the program, says.
        Message = "message",
        /// A tool that the agent uses.
        Tool = "tool",
        /// The check of the build after the work.
        Build = "build",
        /// The last entry.
        Done = "done",
    }
}

/// An agent as clients see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AgentInfo {
    /// Which.
    pub agent: Agent,
    /// Its name for people.
    pub name: &'static str,
    /// The program that has to be in the image; none for `command`, which brings its own.
    #[schema(required)]
    pub program: Option<&'static str>,
    /// Keys of the app's config, with access for agents: it needs one of them.
    pub needs_any_of: &'static [&'static str],
}

impl Agent {
    /// What it is and needs.
    #[must_use]
    pub const fn info(self) -> AgentInfo {
        let (name, program, needs_any_of): (_, _, &[&str]) = match self {
            Self::Opencode => (
                "opencode",
                Some("opencode"),
                &["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY", "OPENROUTER_API_KEY"],
            ),
            Self::ClaudeCode => (
                "Claude Code",
                Some("claude"),
                &["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"],
            ),
            Self::Codex => ("Codex", Some("codex"), &["OPENAI_API_KEY"]),
            Self::Gemini => ("Gemini CLI", Some("gemini"), &["GEMINI_API_KEY"]),
            Self::Command => ("Any program", None, &[]),
        };
        AgentInfo { agent: self, name, program, needs_any_of }
    }
}
