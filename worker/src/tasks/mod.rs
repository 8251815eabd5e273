//! Tasks in sandboxes: handed over once, followed to their end whoever follows, looked at
//! afterwards. What a task has come to is in its row, step by step; here is nothing that outlives a
//! step. The order of the steps is in `jobs::run_task`.

mod build;
mod changes;
mod checkpoint;
mod end;
mod follow;
mod hand_over;
mod leftover;
mod lines;
mod notes;
mod preview;
mod socket;
mod supervisor;
mod transcript;
mod verdict;
mod wake;
mod worker;

pub use socket::SocketSupervisor;
pub use supervisor::{Begun, Order, Program, Refusal, Said, Saying, Supervisor, SupervisorError};
pub use verdict::failure_of;
pub use worker::Tasks;
