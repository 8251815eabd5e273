//! Samples, their percentiles, and a table of them beside their targets.

use std::time::Duration;

use serde_json::{Value, json};

/// Durations of one thing, in milliseconds.
#[derive(Debug, Default, Clone)]
pub(crate) struct Samples(Vec<f64>);

impl Samples {
    pub(crate) fn add(&mut self, took: Duration) {
        self.0.push(took.as_secs_f64() * 1000.0);
    }

    pub(crate) fn add_ms(&mut self, ms: f64) {
        self.0.push(ms);
    }

    pub(crate) fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// The value below which `share` (0 to 1) of the samples are.
    pub(crate) fn percentile(&self, share: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().saturating_sub(1);
        let index = (share * last as f64).round() as usize;
        sorted.get(index).copied().unwrap_or(f64::NAN)
    }
}

/// A target for a percentile, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target {
    pub(crate) share: f64,
    pub(crate) at_most: f64,
}

/// What a commit or its pick-up may take.
pub(crate) const QUICKLY: [Target; 2] =
    [Target { share: 0.5, at_most: 5.0 }, Target { share: 0.99, at_most: 25.0 }];

#[derive(Debug)]
struct Row {
    what: String,
    figures: String,
    /// The same for programs: milliseconds, or whatever was measured.
    numbers: Value,
    target: String,
    met: Option<bool>,
}

/// What was measured.
#[derive(Debug)]
pub(crate) struct Report(Vec<Row>);

impl Report {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds durations; met if all targets are.
    pub(crate) fn times(&mut self, what: impl Into<String>, samples: &Samples, targets: &[Target]) {
        let [p50, p95, p99] = [0.5, 0.95, 0.99].map(|share| samples.percentile(share));
        let wanted: Vec<String> = targets
            .iter()
            .map(|target| format!("p{:.0} ≤ {:.0} ms", target.share * 100.0, target.at_most))
            .collect();
        let met = targets.iter().all(|target| samples.percentile(target.share) <= target.at_most);
        self.add(Row {
            what: what.into(),
            figures: format!("p50 {p50:.1}  p95 {p95:.1}  p99 {p99:.1} ms (n {})", samples.count()),
            numbers: json!({ "p50_ms": p50, "p95_ms": p95, "p99_ms": p99, "n": samples.count() }),
            target: wanted.join(", "),
            met: (!targets.is_empty()).then_some(met),
        });
    }

    /// Adds a figure that isn't a duration.
    pub(crate) fn value(
        &mut self,
        what: impl Into<String>,
        value: f64,
        figure: String,
        target: &str,
        met: Option<bool>,
    ) {
        let numbers = json!({ "value": value });
        self.add(Row {
            what: what.into(),
            figures: figure,
            numbers,
            target: target.to_owned(),
            met,
        });
    }

    /// Says each as it comes: a run takes a while.
    fn add(&mut self, row: Row) {
        eprintln!("bench: {}: {} {}", row.what, row.figures, verdict(row.met));
        self.0.push(row);
    }

    pub(crate) fn print(&self) {
        println!("| measured | figures | target | |");
        println!("|---|---|---|---|");
        for row in &self.0 {
            println!("| {} | {} | {} | {} |", row.what, row.figures, row.target, verdict(row.met));
        }
    }

    pub(crate) fn json(&self) -> String {
        let rows = self.0.iter().map(|row| {
            json!({
                "measured": row.what, "figures": row.figures, "numbers": row.numbers,
                "target": row.target, "met": row.met,
            })
        });
        format!("{:#}", Value::Array(rows.collect()))
    }
}

const fn verdict(met: Option<bool>) -> &'static str {
    match met {
        Some(true) => "met",
        Some(false) => "MISSED",
        None => "",
    }
}
