//! Taking pokes from apalis. With `shared::store::queue` the only code that knows apalis.
//!
//! apalis delivers; it decides nothing. A poke is always answered with success: retries,
//! deadlines, panics and cancels are the runner's, on the operation's row.

mod consumer;
mod lookout;

pub use consumer::{Concurrency, Consumer};
pub use lookout::Lookout;
