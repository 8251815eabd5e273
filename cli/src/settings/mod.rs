//! Where the API is and who asks: options, environment and the file of contexts, in this order.

mod environment;
mod file;
mod resolve;

pub use environment::Environment;
pub use file::{Context, File};
pub(crate) use resolve::parse_url;
pub use resolve::{Given, resolve};
