//! Crash points between the steps of an operation, for the suites that kill workers.
//!
//! Without the feature `failpoints` [`hit`] is empty. With it, a point that was armed fires once:
//! it ends the process as `kill -9` would, stops it as SIGSTOP does, or makes the operation fail
//! there. Points are named `operation.step`, after the step that has just been done.

/// An armed point made the operation fail here. Never seen without the feature `failpoints`.
#[derive(Debug, thiserror::Error)]
#[error("failpoint {0} made this fail")]
pub struct Injected(pub String);

/// Passes the point `name`.
///
/// # Errors
/// [`Injected`], if the point was armed with `Action::Error` and has not fired yet.
#[cfg(not(feature = "failpoints"))]
#[inline]
pub async fn hit(_name: &str) -> Result<(), Injected> {
    Ok(())
}

#[cfg(feature = "failpoints")]
pub use armed::{Action, BadSpec, arm, arm_from, hit, pending};

#[cfg(feature = "failpoints")]
mod armed {
    use super::Injected;
    use rustix::process::Signal;
    use std::collections::BTreeMap;
    use std::fs::OpenOptions;
    use std::path::{Path, PathBuf};
    use std::sync::Mutex;

    /// What an armed point does.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Action {
        /// SIGKILL to this process: no destructor runs, as with the OOM killer.
        Crash,
        /// The operation returns an error at this point.
        Error,
        /// SIGSTOP to this process: the operation stays as it is until somebody sends SIGCONT.
        Stop,
    }

    /// A list of points that [`arm_from`] could not read.
    #[derive(Debug, thiserror::Error)]
    #[error("failpoint list: {0:?} is not name=crash, name=error or name=stop")]
    pub struct BadSpec(String);

    struct Points {
        armed: BTreeMap<String, Action>,
        markers: Option<PathBuf>,
    }

    // Global, because the points lie in code that must not carry a parameter for them.
    static POINTS: Mutex<Points> = Mutex::new(Points { armed: BTreeMap::new(), markers: None });

    fn points() -> std::sync::MutexGuard<'static, Points> {
        POINTS.lock().expect("invariant: nothing panics while it holds the points")
    }

    /// Arms one point in this process; it fires once.
    pub fn arm(name: &str, action: Action) {
        points().armed.insert(name.to_owned(), action);
    }

    /// Arms a list such as `seal.renamed=crash,publish.flushed=error`. With a directory for
    /// markers a point fires once across all processes that share the directory, so that a
    /// restarted worker gets past the point that killed the one before it.
    ///
    /// # Errors
    /// [`BadSpec`] on the first entry that is not `name=action`; nothing is armed then.
    pub fn arm_from(spec: &str, markers: Option<&Path>) -> Result<(), BadSpec> {
        let mut parsed = Vec::new();
        for entry in spec.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let bad = || BadSpec(entry.to_owned());
            let (name, action) = entry.split_once('=').ok_or_else(bad)?;
            let action = match action {
                "crash" => Action::Crash,
                "error" => Action::Error,
                "stop" => Action::Stop,
                _ => return Err(bad()),
            };
            parsed.push((name.to_owned(), action));
        }
        let mut points = points();
        points.armed.extend(parsed);
        points.markers = markers.map(Path::to_owned);
        Ok(())
    }

    /// The points that are armed and have not fired: a suite asserts that it reached them all.
    #[must_use]
    pub fn pending() -> Vec<String> {
        points().armed.keys().cloned().collect()
    }

    /// Passes the point `name`.
    ///
    /// # Errors
    /// [`Injected`], if the point was armed with [`Action::Error`] and has not fired yet.
    pub async fn hit(name: &str) -> Result<(), Injected> {
        match take(name) {
            None => Ok(()),
            Some(Action::Error) => Err(Injected(name.to_owned())),
            Some(Action::Stop) => {
                // The signal is taken before the call returns, and this goes on with SIGCONT.
                send(Signal::STOP).map_err(|_| Injected(name.to_owned()))
            }
            Some(Action::Crash) => {
                // A failed kill must not let the run go on as if it had been killed.
                let _ = send(Signal::KILL);
                std::process::abort()
            }
        }
    }

    fn send(signal: Signal) -> rustix::io::Result<()> {
        rustix::process::kill_process(rustix::process::getpid(), signal)
    }

    fn take(name: &str) -> Option<Action> {
        let mut points = points();
        let action = points.armed.remove(name)?;
        let Some(markers) = &points.markers else { return Some(action) };
        // The marker is made first: a point that fires twice would stop a restarted worker for good.
        let made = OpenOptions::new().write(true).create_new(true).open(markers.join(name));
        made.is_ok().then_some(action)
    }
}
