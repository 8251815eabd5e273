//! Stopping what nobody uses, and starting again what is always on. Level-triggered: each look
//! reads the rows and accepts operations, and a worker that leads later goes on where this one was.

mod always_on;
mod oversized;
mod pressure;
mod sleep;
mod upkeep;

pub use oversized::Oversized;
pub use upkeep::{IdleSettings, Upkeep};
