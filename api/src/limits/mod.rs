//! How often a tenant may ask. How much it may have is checked where operations are accepted.

mod headers;
mod layer;
mod rates;

pub(crate) use headers::{Standing, write_refusal};
pub(crate) use layer::{count, limit_rate};
pub(crate) use rates::Rates;
