//! Waiting for another process's write.

use std::ffi::{c_int, c_void};
use std::thread;
use std::time::Duration;

use libsqlite3_sys::{SQLITE_OK, sqlite3_busy_handler};
use sqlx::SqliteConnection;

/// How often the lock is tried for, and how long to sleep between two tries; 20 s altogether.
const TRIES: [(c_int, Duration); 3] = [
    (200, Duration::from_micros(250)),
    (1_200, Duration::from_millis(1)),
    (3_000, Duration::from_millis(10)),
];

/// Has a connection try for a lock that somebody else holds several times a millisecond at first.
/// SQLite's own waiting (`sqlite3_busy_timeout`) sleeps longer each time, up to 100 ms
/// (`sqliteDefaultBusyCallback`, main.c), though most writes take one or two: under load nearly all of
/// the time would be slept away, and a free lock be nobody's.
///
/// # Errors
/// If the connection is gone.
pub(super) async fn be_patient(conn: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let mut handle = conn.lock_handle().await?;
    // SAFETY: the handle is open and locked; the callback needs no data and outlives everything.
    #[expect(unsafe_code, reason = "sqlx has no safe call for it")]
    let set = unsafe {
        let database = handle.as_raw_handle().as_ptr();
        sqlite3_busy_handler(database, Some(wait), std::ptr::null_mut())
    };
    if set == SQLITE_OK {
        Ok(())
    } else {
        Err(sqlx::Error::Protocol(format!("no busy handler: SQLite says {set}")))
    }
}

/// Called by SQLite on the connection's own thread; 0 gives up with `SQLITE_BUSY`.
#[expect(clippy::disallowed_methods, reason = "that thread is none of the runtime's")]
extern "C" fn wait(_: *mut c_void, tried: c_int) -> c_int {
    match TRIES.iter().find(|(tries, _)| tried < *tries) {
        Some((_, pause)) => {
            thread::sleep(*pause);
            1
        }
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_gives_up_after_about_twenty_seconds() {
        let mut whole = Duration::ZERO;
        let mut before = 0;
        for (tries, pause) in TRIES {
            whole += pause * u32::try_from(tries - before).unwrap();
            before = tries;
        }
        assert!((19.0..21.0).contains(&whole.as_secs_f64()), "{whole:?}");
        assert_eq!(wait(std::ptr::null_mut(), before), 0);
    }
}
