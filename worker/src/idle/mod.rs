//! Stopping what nobody uses, and starting again what is always on. Level-triggered: each look
//! reads the rows and accepts operations, and a worker that leads later goes on where this one was.

mod always_on;
mod pressure;
mod sleep;
mod upkeep;

pub use upkeep::{IdleSettings, Upkeep};
