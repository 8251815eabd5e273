//! The Unix socket: a thread per connection, few of them.
//!
//! Processes of the sandbox can connect as well as the host, so a client may be hostile: it can
//! keep neither a thread beyond a deadline nor the supervisor's loop at all.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::connection::converse;
use crate::ops::Context;
use crate::protocol::{self, Refusal};
use crate::repository::remove_tree;
use crate::slots::Slots;

/// Connections answered at a time; one more is told `busy`.
const MAX_CONNECTIONS: usize = 16;
/// Connections that one operation has taken over, beside those; one more is told `busy`.
const MAX_STREAMS: usize = 32;
/// Pause after a failed accept (too many open files), which would fail again at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Listens at `path`, replacing what stands there, and starts to answer.
pub(crate) fn serve(path: &Path, context: Context) -> io::Result<()> {
    remove_tree(path)?;
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, Permissions::from_mode(0o600))?;
    let context = Arc::new(context);
    thread::Builder::new().name("socket".into()).spawn(move || accept(&listener, &context))?;
    Ok(())
}

fn accept(listener: &UnixListener, context: &Arc<Context>) {
    let (slots, streams) = (Slots::new(MAX_CONNECTIONS), Slots::new(MAX_STREAMS));
    for stream in listener.incoming() {
        let Ok(stream) = stream else {
            thread::park_timeout(ACCEPT_PAUSE);
            continue;
        };
        let Some(slot) = slots.take() else {
            refuse(stream);
            continue;
        };
        let (context, streams) = (Arc::clone(context), streams.clone());
        // No thread to be had: the connection closes, and the client sees that.
        let _ = thread::Builder::new().name("connection".into()).spawn(move || {
            let _ = converse(stream, &context, slot, &streams);
        });
    }
}

/// Says `busy` without waiting: the answer fits the socket's buffer, or is lost.
fn refuse(mut stream: UnixStream) {
    let busy = protocol::line(Err(Refusal::new("busy", "too many connections")));
    if stream.set_nonblocking(true).is_ok() {
        let _ = stream.write(&busy);
    }
}
