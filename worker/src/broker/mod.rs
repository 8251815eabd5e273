//! The broker of config: running dev servers have the environment of their app's config as it is
//! now. Looks at rows only, in the worker that leads its node.

mod known;
mod rounds;

pub use known::Pace;
pub use rounds::Broker;
