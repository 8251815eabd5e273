//! One user of the load: does one thing after the other to apps of its own, and keeps book of what
//! their workspaces may hold. It knows nothing of the faults.

use std::time::Duration;

use hyper::{Method, StatusCode};
use sandboxd_tests::Client;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::ask::{Answered, Asker};
use crate::legal::NOTHING;
use crate::world::{App, World};

/// How long an operation may take before its app is given up: longer than all attempts together.
const END_LIMIT: Duration = Duration::from_secs(240);
/// Of a hundred operations, how many are cancelled.
const CANCELLED: u32 = 12;
/// How soon, milliseconds.
const CANCEL_AFTER: std::ops::Range<u64> = 0..1_500;

/// What became of an operation.
#[derive(Debug)]
pub(crate) enum Ended {
    Succeeded(Value),
    /// Failed or cancelled: what it had half done is undone or finished.
    Otherwise,
    /// It was never begun.
    Refused,
    /// Nobody knows.
    Lost,
}

/// A user of the load.
#[derive(Debug)]
pub(crate) struct User {
    pub(crate) asker: Asker,
    pub(crate) rng: fastrand::Rng,
    pub(crate) world: World,
    name: String,
    values: u32,
}

impl User {
    pub(crate) fn new(client: Client, number: u64, seed: u64) -> Self {
        let name = format!("u{number}");
        let asker = Asker::new(client, format!("{name}-{seed}"));
        let rng = fastrand::Rng::with_seed(seed.wrapping_mul(31).wrapping_add(number));
        Self { asker, rng, world: World::default(), name, values: 0 }
    }

    /// Goes on until `until`, and to the end of what was begun.
    pub(crate) async fn run(mut self, until: Instant) -> World {
        while Instant::now() < until {
            self.step().await;
            self.world.steps += 1;
        }
        self.world
    }

    /// A value that no write had before.
    pub(crate) fn value(&mut self) -> String {
        self.values += 1;
        format!("{}-{}", self.name, self.values)
    }

    /// A request that makes nothing that takes time; none if it wasn't done.
    pub(crate) async fn make(&mut self, path: &str, body: &Value) -> Option<Value> {
        match self.asker.ask(Method::POST, path, Some(body)).await {
            Answered::Yes(made) => Some(made),
            Answered::No(status, code) => {
                self.refused(path, status, &code);
                None
            }
            Answered::Unknown => {
                *self.world.unknown.entry(shape(path)).or_default() += 1;
                None
            }
        }
    }

    fn refused(&mut self, path: &str, status: u16, code: &str) {
        let what = format!("{} {status} {code}", shape(path));
        *self.world.refused.entry(what).or_default() += 1;
    }

    /// Asks for an operation, maybe cancels it, and waits for its end.
    pub(crate) async fn operate(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Ended {
        let begun = match self.asker.ask(method, path, body).await {
            Answered::Yes(operation) => operation,
            Answered::No(status, code) => {
                self.refused(path, status, &code);
                return Ended::Refused;
            }
            Answered::Unknown => {
                *self.world.unknown.entry(shape(path)).or_default() += 1;
                return Ended::Lost;
            }
        };
        let Some(id) = begun["id"].as_str().filter(|_| begun["kind"].is_string()) else {
            self.world.wrong.push(format!("{path} is answered with no operation: {begun}"));
            return Ended::Lost;
        };
        let kind = begun["kind"].as_str().unwrap_or_default().to_owned();
        self.world.accepted.insert(id.to_owned(), kind);
        if self.rng.u32(0..100) < CANCELLED {
            sleep(Duration::from_millis(self.rng.u64(CANCEL_AFTER))).await;
            let path = format!("/v1/operations/{id}/cancel");
            let _ = self.asker.ask(Method::POST, &path, Some(&json!({}))).await;
        }
        match self.asker.ended(id, END_LIMIT).await {
            Some(ended) if ended["status"] == "succeeded" => Ended::Succeeded(ended),
            Some(_) => Ended::Otherwise,
            None => Ended::Lost,
        }
    }

    /// Writes a new value into the marker file of an app's workspace, through the API.
    pub(crate) async fn write(&mut self, app: &mut App, sandbox: &str) {
        let value = self.value();
        let path = format!("/v1/sandboxes/{sandbox}/files/content?path=marker");
        match self.asker.put(&path, value.clone()).await {
            Some(answer) if answer.status.is_success() => app.legal.wrote(&value),
            Some(answer) if answer.status.is_client_error() => {
                self.refused(&path, answer.status.as_u16(), "file");
            }
            _ => app.legal.may_have_written(&value),
        }
    }

    /// Reads the marker through the API, if that can be done just now.
    pub(crate) async fn read(&mut self, app: &mut App, sandbox: &str) {
        let path = format!("/v1/sandboxes/{sandbox}/files/content?path=marker");
        let Some(answer) = self.asker.get(&path).await else { return };
        let value = match answer.status {
            StatusCode::OK => answer.text(),
            StatusCode::NOT_FOUND => NOTHING.to_owned(),
            _ => return,
        };
        self.saw(app, value.trim(), "read through the API");
    }

    /// Looks at the marker through the gateway, which wakes the sandbox.
    pub(crate) async fn visit(&mut self, app: &mut App, sandbox: &str) {
        const LIMIT: Duration = Duration::from_secs(25);
        let Some(found) = self.asker.get(&format!("/v1/sandboxes/{sandbox}")).await else { return };
        let found = found.json();
        let Some(url) = found["preview"]["url"].as_str() else { return };
        let Some(answer) = self.asker.preview(url, "marker", LIMIT).await else { return };
        if answer.status == StatusCode::OK {
            self.saw(app, answer.text().trim(), "seen through the gateway");
        }
    }

    fn saw(&mut self, app: &mut App, value: &str, how: &str) {
        self.world.reads += 1;
        if !app.legal.saw(value) {
            let what = format!("app {}: {value:?} {how}, legal {:?}", app.id, app.legal);
            self.world.wrong.push(what);
        }
    }
}

/// A path without its ids and query.
fn shape(path: &str) -> String {
    let path = path.split('?').next().unwrap_or(path);
    let parts = path.split('/').map(|part| if part.len() == 26 { "{id}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}
