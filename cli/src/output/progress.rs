//! What an operation is doing, on standard error: a bar on a terminal, else a line for each step.

use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;

use super::{Output, clean, duration};

/// How often an operation is looked at where a person looks on, and where nobody does.
const WATCHED: Duration = Duration::from_millis(300);
const UNWATCHED: Duration = Duration::from_secs(5);
const TURN: Duration = Duration::from_millis(100);

/// The progress of an operation.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    quiet: bool,
    /// Steps that were told of.
    told: usize,
}

impl Progress {
    pub(crate) fn new(output: &Output) -> Self {
        let watched = io::stderr().is_terminal() && !output.quiet;
        let bar = watched.then(|| {
            let bar = ProgressBar::with_draw_target(Some(1), ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template(
                "{spinner} {prefix} [{bar:20}] {pos}/{len} {msg} ({elapsed})",
            );
            bar.set_style(style.expect("invariant: the template is right"));
            bar.enable_steady_tick(TURN);
            bar
        });
        Self { bar, quiet: output.quiet, told: 0 }
    }

    /// How often it wants to be told.
    pub(crate) fn tick(&self) -> Duration {
        if self.bar.is_some() { WATCHED } else { UNWATCHED }
    }

    /// Shows an operation as it is now.
    pub(crate) fn tell(&mut self, operation: &Value) {
        let Some(bar) = &self.bar else {
            if !self.quiet {
                for line in lines(operation, &mut self.told) {
                    eprintln!("{line}");
                }
            }
            return;
        };
        let progress = &operation["progress"];
        bar.set_prefix(clean(operation["kind"].as_str().unwrap_or_default()));
        bar.set_length(progress["total"].as_u64().unwrap_or(1));
        bar.set_position(progress["done"].as_u64().unwrap_or(0));
        bar.set_message(clean(message(operation)));
    }

    /// Takes the bar away.
    pub(crate) fn end(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

fn message(operation: &Value) -> &str {
    match (operation["status"].as_str(), operation["progress"]["message"].as_str()) {
        (Some("queued"), _) => "Waiting for a worker",
        (_, Some(message)) => message,
        (status, None) => status.unwrap_or_default(),
    }
}

/// A line for each step that has ended since the last time.
fn lines(operation: &Value, told: &mut usize) -> Vec<String> {
    let steps = operation["steps"].as_array().map(Vec::as_slice).unwrap_or_default();
    let ended = |step: &&Value| step["status"] != "running";
    let new: Vec<String> = steps.iter().take_while(ended).skip(*told).map(line).collect();
    *told += new.len();
    new
}

fn line(step: &Value) -> String {
    let text = |key: &str| clean(step[key].as_str().unwrap_or_default());
    let took = duration(step["duration_ms"].as_u64());
    match text("status").as_str() {
        "succeeded" => format!("{} ({took})", text("name")),
        status => format!("{} {status} ({took})", text("name")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_step_is_told_of_once() {
        let step =
            |name: &str, status: &str| json!({ "name": name, "status": status, "duration_ms": 9 });
        let (mut told, mut said) = (0, Vec::new());
        for steps in [
            json!([step("admit", "running")]),
            json!([step("admit", "succeeded"), step("start_container", "running")]),
            json!([step("admit", "succeeded"), step("start_container", "failed")]),
        ] {
            said.extend(lines(&json!({ "steps": steps }), &mut told));
        }
        assert_eq!(said, ["admit (9 ms)", "start_container failed (9 ms)"]);
    }
}
