//! What a run came to, for people and for programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::checks::operations::{Rescues, Row};
use crate::plan::Fault;

/// Violations of one kind that are printed; the JSON has all.
const SHOWN: usize = 20;

/// A run and what was found.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) seed: u64,
    pub(crate) minutes: u64,
    pub(crate) users: u64,
    pub(crate) disk: &'static str,
    pub(crate) faults: Vec<Fault>,
    pub(crate) missed: Vec<String>,
    pub(crate) forgotten: usize,
    pub(crate) steps: u32,
    pub(crate) accepted: usize,
    pub(crate) refused: BTreeMap<String, u32>,
    pub(crate) unknown: BTreeMap<String, u32>,
    pub(crate) lost_apps: u32,
    pub(crate) operations: Vec<Row>,
    pub(crate) rescues: Rescues,
    pub(crate) tasks: usize,
    pub(crate) reads: u32,
    pub(crate) sandboxes: usize,
    pub(crate) snapshots: u32,
    pub(crate) layers: usize,
    pub(crate) settled_s: f64,
    /// By the name of the invariant.
    pub(crate) violations: BTreeMap<&'static str, Vec<String>>,
}

impl Report {
    /// How many violations there are.
    pub(crate) fn violations(&self) -> usize {
        self.violations.values().map(Vec::len).sum()
    }

    fn outcomes(&self) -> BTreeMap<&str, usize> {
        let mut outcomes = BTreeMap::new();
        for row in &self.operations {
            *outcomes.entry(row.status.as_str()).or_default() += 1;
        }
        outcomes
    }

    fn fault_counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for fault in &self.faults {
            *counts.entry(fault.kind.to_string()).or_default() += 1;
        }
        counts
    }

    fn kinds(&self) -> BTreeMap<&str, usize> {
        let mut kinds = BTreeMap::new();
        for row in &self.operations {
            *kinds.entry(row.kind.as_str()).or_default() += 1;
        }
        kinds
    }

    fn again(&self) -> usize {
        self.operations.iter().filter(|row| row.attempt > 1).count()
    }

    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        let mut line = |name: &str, value: String| {
            let _ = writeln!(text, "{name:<22}{value}");
        };
        line("seed", format!("{}, {} min, {} users", self.seed, self.minutes, self.users));
        line("data directory", format!("on {}", self.disk));
        line("faults", format!("{}: {}", self.faults.len(), list(&self.fault_counts())));
        if !self.missed.is_empty() {
            line("faults that missed", self.missed.len().to_string());
        }
        line("forgotten by engine", format!("{} processes", self.forgotten));
        line("steps of users", self.steps.to_string());
        line("operations accepted", format!("{} by a 202 to a user", self.accepted));
        line("operations in all", format!("{}: {}", self.operations.len(), list(&self.kinds())));
        line("ended", list(&self.outcomes()));
        line("refused", self.refused.values().sum::<u32>().to_string());
        line("never answered", self.unknown.values().sum::<u32>().to_string());
        line("more than one attempt", self.again().to_string());
        line("rescued from killed", times(&self.rescues.of_killed));
        line("rescued from stopped", times(&self.rescues.of_stopped));
        line("settled after", format!("{:.0} s", self.settled_s));
        line("markers read", format!("{} during the run", self.reads));
        line(
            "checked at the end",
            format!(
                "{} sandboxes, {} snapshots, {} layers, {} tasks ({} apps unknown)",
                self.sandboxes, self.snapshots, self.layers, self.tasks, self.lost_apps
            ),
        );
        for (name, found) in &self.violations {
            line(name, found.len().to_string());
        }
        for (name, found) in self.violations.iter().filter(|(_, found)| !found.is_empty()) {
            let _ = writeln!(text, "\n{name}:");
            for what in found.iter().take(SHOWN) {
                let _ = writeln!(text, "  {what}");
            }
        }
        let _ = writeln!(text, "\nviolations            {}", self.violations());
        text
    }

    pub(crate) fn json(&self) -> Value {
        let faults: Vec<Value> = self
            .faults
            .iter()
            .map(|fault| {
                json!({
                    "kind": fault.kind.to_string(), "which": fault.which,
                    "at_ms": fault.at.as_millis(), "lasts_ms": fault.lasts.as_millis(),
                })
            })
            .collect();
        json!({
            "seed": self.seed, "minutes": self.minutes, "users": self.users, "disk": self.disk,
            "faults": faults, "faults_missed": self.missed,
            "forgotten_by_engine": self.forgotten,
            "steps": self.steps,
            "operations": {
                "accepted": self.accepted, "all": self.operations.len(), "kinds": self.kinds(),
                "ended": self.outcomes(), "more_than_one_attempt": self.again(),
            },
            "refused": self.refused, "never_answered": self.unknown, "lost_apps": self.lost_apps,
            "rescue_ms": {
                "killed": percentiles(&self.rescues.of_killed),
                "stopped": percentiles(&self.rescues.of_stopped),
            },
            "settled_s": self.settled_s,
            "checked": {
                "reads": self.reads, "sandboxes": self.sandboxes, "snapshots": self.snapshots,
                "layers": self.layers, "tasks": self.tasks,
            },
            "violations": self.violations,
        })
    }
}

fn list<K: AsRef<str>>(counts: &BTreeMap<K, usize>) -> String {
    let parts: Vec<String> =
        counts.iter().map(|(what, times)| format!("{} {times}", what.as_ref())).collect();
    parts.join(", ")
}

/// The value that a share of all is at most.
fn percentile(times: &[i64], share: f64) -> Option<i64> {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let place = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(place.saturating_sub(1)).copied()
}

fn percentiles(times: &[i64]) -> Value {
    json!({ "n": times.len(), "p50": percentile(times, 0.5), "p99": percentile(times, 0.99) })
}

fn times(times: &[i64]) -> String {
    match (percentile(times, 0.5), percentile(times, 0.99)) {
        (Some(half), Some(most)) => format!("{}: p50 {half} ms, p99 {most} ms", times.len()),
        _ => "0".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_what_was_measured() {
        let times: Vec<i64> = (1..=100).rev().collect();
        assert_eq!((percentile(&times, 0.5), percentile(&times, 0.99)), (Some(50), Some(99)));
        assert_eq!(percentile(&[7], 0.99), Some(7));
        assert_eq!(percentile(&[], 0.5), None);
    }
}
