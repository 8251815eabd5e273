//! What the fake model was asked.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

/// Requests that are kept; later ones are not.
const REQUESTS_MAX: usize = 10_000;
/// So much of a prompt is kept.
const PROMPT_MAX: usize = 4096;

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The path that it came to.
    pub path: String,
    /// The key that it brought, whatever the header.
    pub key: String,
    /// The model that it asked for.
    pub model: String,
    /// What a person said last in it; the beginning.
    pub prompt: String,
    /// How many tools have answered since then.
    pub results: usize,
    /// It offers no tools: an agent's own question, such as one for a title.
    pub aside: bool,
    /// It was told that it failed.
    pub failed: bool,
}

impl Request {
    /// Whether a prompt was sent with it, and not what tools have said.
    #[must_use]
    pub const fn begins(&self) -> bool {
        self.results == 0 && !self.aside && !self.failed
    }
}

/// All requests, in their order.
#[derive(Debug, Default)]
pub struct Log(Mutex<Vec<Request>>);

impl Log {
    fn lock(&self) -> MutexGuard<'_, Vec<Request>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn add(&self, mut request: Request) {
        request.prompt.truncate(request.prompt.floor_char_boundary(PROMPT_MAX));
        let mut requests = self.lock();
        if requests.len() < REQUESTS_MAX {
            requests.push(request);
        }
    }

    /// Whether something with this prompt has failed already.
    pub(super) fn has_failed(&self, prompt: &str) -> bool {
        self.lock().iter().any(|request| request.failed && request.prompt == prompt)
    }

    /// All of them.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.lock().clone()
    }

    /// How often each prompt was sent.
    #[must_use]
    pub fn prompts(&self) -> BTreeMap<String, usize> {
        let mut prompts = BTreeMap::new();
        for request in self.lock().iter().filter(|request| request.begins()) {
            *prompts.entry(request.prompt.clone()).or_default() += 1;
        }
        prompts
    }

    pub(super) fn json(&self) -> Value {
        let requests: Vec<Value> = self
            .requests()
            .iter()
            .map(|request| {
                json!({ "path": request.path, "key": request.key, "model": request.model,
                    "prompt": request.prompt, "results": request.results,
                    "aside": request.aside, "failed": request.failed })
            })
            .collect();
        json!({ "prompts": self.prompts(), "requests": requests })
    }
}
