//! What the gateway knows of sandboxes and how it wakes them, over the database.

mod table;
mod waker;

pub use table::Table;
pub use waker::StoreWaker;
