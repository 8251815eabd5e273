//! What the load knows: what it asked for, what was accepted, and what must be there.

use std::collections::{BTreeMap, BTreeSet};

use crate::legal::Legal;

/// A snapshot, and what it may hold.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    pub(crate) id: String,
    pub(crate) legal: Legal,
}

/// An app of the load.
#[derive(Debug, Clone)]
pub(crate) struct App {
    pub(crate) id: String,
    /// Its sandbox, if one was made and not deleted.
    pub(crate) sandbox: Option<String>,
    /// What its workspace may hold.
    pub(crate) legal: Legal,
    pub(crate) snapshots: Vec<Snapshot>,
}

impl App {
    /// An app without a sandbox.
    pub(crate) fn new(id: String) -> Self {
        Self { id, sandbox: None, legal: Legal::nothing(), snapshots: Vec::new() }
    }
}

/// What one user of the load, or all of them, have done.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) apps: Vec<App>,
    /// Operations that were answered with 202, with their kind.
    pub(crate) accepted: BTreeMap<String, String>,
    /// Tasks by their marker: each may have begun once.
    pub(crate) tasks: BTreeSet<String>,
    pub(crate) refused: BTreeMap<String, u32>,
    /// Requests that no answer ever told the end of, by what they were.
    pub(crate) unknown: BTreeMap<String, u32>,
    /// Apps that such a request leaves without a known state: they are in no check of contents.
    pub(crate) lost_apps: u32,
    /// Steps done, and markers read during the run.
    pub(crate) steps: u32,
    pub(crate) reads: u32,
    /// What was seen to be wrong during the run.
    pub(crate) wrong: Vec<String>,
}

impl World {
    /// Takes over what another has.
    pub(crate) fn add(&mut self, other: Self) {
        self.apps.extend(other.apps);
        self.accepted.extend(other.accepted);
        self.tasks.extend(other.tasks);
        self.wrong.extend(other.wrong);
        self.lost_apps += other.lost_apps;
        self.steps += other.steps;
        self.reads += other.reads;
        for (what, times) in other.refused {
            *self.refused.entry(what).or_default() += times;
        }
        for (what, times) in other.unknown {
            *self.unknown.entry(what).or_default() += times;
        }
    }
}
