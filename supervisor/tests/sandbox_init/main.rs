//! The real `sandbox-init`, not as PID 1 and with its paths moved, seen through its socket.

#![expect(clippy::unwrap_used, reason = "a test that can't go on fails")]
#![expect(clippy::disallowed_methods, reason = "the supervisor is to find the tools of this PATH")]

mod attacks;
mod build_command;
mod caller;
mod dev_server;
mod environment;
mod exec;
mod export;
mod files;
mod files_mode;
mod hardships;
mod harness;
mod logs_follow;
mod seeding;
mod socket;
mod task;
mod task_attacks;
mod task_end;
mod task_output;
mod tasks;
