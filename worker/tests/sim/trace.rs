//! What happened outside the processes, in order, and what should not have.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use sandboxd_shared::clock::{Clock, ManualClock};

#[derive(Debug, Default)]
struct Inner {
    hasher: blake3::Hasher,
    lines: Vec<String>,
    /// Who changes what just now.
    open: BTreeMap<String, (u64, String)>,
    opened: u64,
    wrong: Vec<String>,
    /// Layers have random names: they are known by their number here.
    layers: BTreeMap<String, usize>,
}

/// The trace of a life. Clones are the same one.
#[derive(Debug, Clone)]
pub(crate) struct Trace {
    clock: Arc<ManualClock>,
    inner: Arc<Mutex<Inner>>,
}

/// A change under way, until this is dropped.
#[derive(Debug)]
pub(crate) struct Open {
    trace: Trace,
    what: String,
    number: u64,
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut inner = self.trace.inner.lock().unwrap();
        if inner.open.get(&self.what).is_some_and(|(number, _)| *number == self.number) {
            inner.open.remove(&self.what);
        }
    }
}

impl Trace {
    pub(crate) fn new(clock: Arc<ManualClock>) -> Self {
        Self { clock, inner: Arc::new(Mutex::default()) }
    }

    pub(crate) fn note(&self, line: &str) {
        let line = format!("{} {line}", self.clock.now().0);
        let mut inner = self.inner.lock().unwrap();
        inner.hasher.update(line.as_bytes()).update(b"\n");
        inner.lines.push(line);
    }

    /// A name for a layer that is the same in each run of a seed.
    pub(crate) fn layer(&self, name: &str) -> String {
        let mut inner = self.inner.lock().unwrap();
        let next = inner.layers.len();
        format!("layer{}", inner.layers.entry(name.to_owned()).or_insert(next))
    }

    /// Notes that `who` begins to change a sandbox; nobody else may meanwhile.
    pub(crate) fn open(&self, who: &str, sandbox: &str) -> Open {
        let mut inner = self.inner.lock().unwrap();
        inner.opened += 1;
        let number = inner.opened;
        if let Some((_, other)) = inner.open.get(sandbox) {
            let wrong = format!("sandbox {sandbox} is changed by {other} and by {who} at once");
            inner.wrong.push(wrong);
        }
        inner.open.insert(sandbox.to_owned(), (number, who.to_owned()));
        Open { trace: self.clone(), what: sandbox.to_owned(), number }
    }

    /// What should not have happened.
    pub(crate) fn wrong(&self, what: impl Into<String>) {
        let what = what.into();
        self.note(&format!("WRONG {what}"));
        self.inner.lock().unwrap().wrong.push(what);
    }

    pub(crate) fn all_wrong(&self) -> Vec<String> {
        self.inner.lock().unwrap().wrong.clone()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.inner.lock().unwrap().lines.clone()
    }

    pub(crate) fn hash(&self) -> String {
        self.inner.lock().unwrap().hasher.finalize().to_hex()[..16].to_owned()
    }
}
