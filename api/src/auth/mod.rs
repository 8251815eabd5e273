//! Who is calling: bearer tokens, each with the name of a tenant.

mod gate;
mod local_page;
mod options;
mod own_token;
mod tenant;
mod token_table;

pub use gate::{Auth, Found};
pub use options::{AuthError, AuthOptions};
pub(crate) use tenant::{Tenant, authenticate};
