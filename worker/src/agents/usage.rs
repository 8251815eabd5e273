//! What an agent has used, in the same words for all.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Piece;

/// Sums over the steps of a task.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Usage {
    /// Without those that came from a cache; with those that went into one.
    pub(super) input: u64,
    /// With those of reasoning.
    pub(super) output: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cache_read: Option<u64>,
    /// US dollars, as the agent reckons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cost: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) turns: Option<u64>,
}

impl Usage {
    /// Adds one step's. All of it comes from a sandbox: no number may overflow.
    pub(super) fn add(&mut self, step: &Self) {
        self.input = self.input.saturating_add(step.input);
        self.output = self.output.saturating_add(step.output);
        self.cache_read = sum(self.cache_read, step.cache_read);
        self.turns = sum(self.turns, step.turns);
        let cost = step.cost.filter(|cost| cost.is_finite() && *cost >= 0.0);
        self.cost = match (self.cost, cost) {
            // Sums of finite numbers can be infinite, which JSON doesn't have.
            (Some(a), Some(b)) => Some((a + b).min(f64::MAX)),
            (a, b) => a.or(b),
        };
    }

    pub(super) fn piece(&self) -> Piece {
        let mut usage = json!({ "input_tokens": self.input, "output_tokens": self.output });
        if let Some(tokens) = self.cache_read {
            usage["cache_read_tokens"] = tokens.into();
        }
        if let Some(cost) = self.cost {
            usage["cost_usd"] = cost.into();
        }
        if let Some(turns) = self.turns {
            usage["turns"] = turns.into();
        }
        Piece::Usage(usage)
    }
}

fn sum(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.saturating_add(b)),
        (a, b) => a.or(b),
    }
}

/// A number of tokens; nothing where there is none.
pub(super) fn tokens(value: &Value) -> u64 {
    value.as_u64().unwrap_or(0)
}
