//! Who is calling: bearer tokens, each with the name of a tenant, and browsers that signed in with
//! one.

mod attempts;
mod authenticate;
mod cookie;
mod gate;
mod local_page;
mod options;
mod own_page;
mod own_token;
mod peer;
mod revocation;
mod secret;
pub(crate) mod session;
mod tenant;
mod token_table;
mod uses;

pub(crate) use authenticate::authenticate;
pub(crate) use cookie::PLAIN as SESSION_COOKIE;
pub use gate::{Auth, Found};
pub use options::{AuthError, AuthOptions};
pub(crate) use own_page::is_own as is_own_page;
pub(crate) use peer::Peer;
pub(crate) use revocation::until_revoked;
pub(crate) use secret::{random_hex, token as new_token};
pub(crate) use tenant::{Caller, Tenant, Via};
pub(crate) use token_table::Holder;
