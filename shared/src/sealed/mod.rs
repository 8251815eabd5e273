//! All that the database holds sealed, the config of apps and the secrets of webhooks: the keys that
//! it needs, and how it is sealed anew when they rotate.

mod open_keys;
mod rotate;

pub use open_keys::open_keys;
pub use rotate::{Rotated, rotate};
