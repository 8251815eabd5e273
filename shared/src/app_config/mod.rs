//! An app's config as values: sealed and opened, as environment for its processes, copied to
//! forks, and sealed anew when keys rotate.

mod copy;
mod environment;
mod open_keys;
mod rotate;
mod value;

pub use copy::copy;
pub use environment::{Environment, agent_environment, dev_server_environment};
pub use open_keys::open_keys;
pub use rotate::{Rotated, rotate};
pub use value::{open, seal};
