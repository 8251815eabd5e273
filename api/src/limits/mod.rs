//! How often a tenant may ask, and how much of it may last at once. How much it may have is checked
//! where operations are accepted.

mod headers;
mod layer;
mod rates;
mod turns;

pub(crate) use headers::{Standing, write_refusal};
pub(crate) use layer::{count, limit_rate};
pub(crate) use rates::Rates;
pub(crate) use turns::{Turn, Turns};
