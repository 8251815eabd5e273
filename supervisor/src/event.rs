//! What the supervisor's loop waits for.

use rustix::process::Pid;

use crate::children::Exit;

/// Events that may wait for the loop; a sender waits (the reaper) or gives up (a client).
pub(crate) const MAX_EVENTS: usize = 64;

/// Something happened, or is asked for.
#[derive(Debug)]
pub(crate) enum Event {
    /// Template and git history are in place, or can't be: text for the user.
    Prepared(Result<(), String>),
    /// A child of the dev server's ended.
    Exited(Pid, Exit),
    /// A client wants the dev server restarted.
    Restart,
    /// The dev server's environment came, for the first time or another one.
    Environment { changed: bool },
    /// SIGTERM.
    Terminate,
}
