//! Agents.

pub(crate) mod list;
