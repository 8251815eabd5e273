//! Tasks: prompts for agents, what became of them, and what the agents said.

pub(crate) mod cancel;
pub(crate) mod follow;
pub(crate) mod get;
pub(crate) mod list;
mod output;
pub(crate) mod run;
