//! What a tenant may use, and uses.

pub(crate) mod get;
