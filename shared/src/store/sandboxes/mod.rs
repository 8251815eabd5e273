//! Sandboxes.

mod change;
mod idle;
mod lifecycle;
mod read;
mod size;

pub use change::{
    Change, Project, delete, insert, set_base_snapshot, set_generation, set_preview, touch, update,
};
pub use idle::{USES_LATE, find_idle, idle, longest_idle};
pub use lifecycle::{
    Endpoint, acquire, clear_active_task, clear_endpoint, clear_endpoint_of, mark_ended, release,
    release_unchanged, set_active_task, set_endpoint,
};
pub use read::{all_with_names, count_by_status, find, get, list, of_app, of_project, on_node};
pub use size::{at_work, forget_too_large, is_too_large, note_too_large};
