//! What each agent needs, before anybody asks it for something.

use super::Agent;

/// An agent, as far as that is the same everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AgentInfo {
    /// Which.
    pub agent: Agent,
    /// Its name for people.
    pub name: &'static str,
    /// The program that has to be in the image; none for `command`, which brings its own.
    pub program: Option<&'static str>,
    /// Keys of the app's config, with access for agents: it needs one of them. None where it needs
    /// nothing.
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
