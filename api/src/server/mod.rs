//! The HTTP server: what routes share, the table of routes, and connections.

mod installation;
mod listen;
mod measure;
mod outputs;
mod route_list;
mod router;
mod standing;
mod state;
mod timeline;

pub use installation::{Installation, PreviewUrls};
pub use listen::serve;
pub(crate) use measure::measure;
pub(crate) use outputs::Outputs;
pub(crate) use route_list::action;
pub use route_list::{RouteName, routes};
pub(crate) use router::Documented;
pub use state::Api;
pub(crate) use timeline::{Heard, Timeline, Told, to_json};
