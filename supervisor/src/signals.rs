//! Turns the process's signals into calls and events.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::thread;

use signal_hook::consts::{SIGCHLD, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::children::Children;
use crate::event::Event;

/// Starts the thread that reaps on SIGCHLD and passes SIGTERM and SIGINT on. PID 1 gets neither
/// unless it asks (`pid_namespaces(7)`), so this comes before the first child.
pub(crate) fn listen(children: Arc<Children>, events: SyncSender<Event>) -> io::Result<()> {
    let mut signals = Signals::new([SIGCHLD, SIGTERM, SIGINT])?;
    thread::Builder::new().name("signals".into()).spawn(move || {
        for signal in signals.forever() {
            if signal == SIGCHLD {
                children.reap();
            } else if events.send(Event::Terminate).is_err() {
                return;
            }
        }
    })?;
    Ok(())
}
