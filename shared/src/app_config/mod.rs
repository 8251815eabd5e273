//! An app's config as values: sealed and opened, as environment for its processes, copied to
//! forks.

mod copy;
mod environment;
mod value;

pub use copy::copy;
pub use environment::{Environment, agent_environment, dev_server_environment};
pub(crate) use value::seal_text;
pub use value::{open, seal};
