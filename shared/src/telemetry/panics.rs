//! Panics that a process doesn't outlive.

/// How the database driver names the thread of a connection.
const CONNECTIONS: &str = "sqlx-sqlite-worker";

/// From here on a panic on a connection's thread ends the process, as `kill -9` does: what was under
/// way on it would never be given up, its write lock neither, and nobody could write any more.
/// Whoever runs the process starts another, and nothing is lost by that.
pub(super) fn watch() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        usual(panic);
        if std::thread::current().name().is_some_and(|name| name.starts_with(CONNECTIONS)) {
            tracing::error!("a connection to the database broke; this process ends");
            std::process::abort();
        }
    }));
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::Command;
    use std::thread;

    const CHILD: &str = "telemetry::panics::tests::panics_on_the_named_thread";

    fn status_after_a_panic_on(name: &str) -> std::process::ExitStatus {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", CHILD, "--ignored"]).env("PANIC_ON", name).output().unwrap().status
    }

    #[test]
    #[ignore = "what the other test runs in a process of its own"]
    #[expect(clippy::disallowed_methods, reason = "a test's child has no command line of its own")]
    fn panics_on_the_named_thread() {
        super::watch();
        let thread = thread::Builder::new().name(std::env::var("PANIC_ON").unwrap());
        assert!(thread.spawn(|| panic!("as the driver does")).unwrap().join().is_err());
    }

    #[test]
    fn a_broken_connection_ends_the_process_and_another_panic_does_not() {
        assert_eq!(status_after_a_panic_on("sqlx-sqlite-worker-3").signal(), Some(6));
        assert!(status_after_a_panic_on("tokio-rt-worker").success());
    }
}
