//! What the gateway knows of sandboxes and of links to them, and how it wakes them, over the
//! database.

mod key;
mod signed;
mod table;
mod waker;

pub use key::PreviewKey;
pub(crate) use signed::Claims;
pub use table::Table;
pub use waker::StoreWaker;
