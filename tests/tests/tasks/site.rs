//! An installation with sandboxes that tasks are run in.

use std::time::Duration;

use hyper::Method;
use sandboxd_tests::{Stack, StackOptions};
use serde_json::{Value, json};

/// How long a task of these suites may take.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);
/// How soon something is seen.
pub(crate) const SOON: Duration = Duration::from_secs(10);

pub(crate) struct Site {
    pub(crate) stack: Stack,
}

/// An app with its sandbox.
#[derive(Debug, Clone)]
pub(crate) struct App {
    pub(crate) app: String,
    pub(crate) sandbox: String,
}

pub(crate) fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}")).to_owned()
}

impl Site {
    pub(crate) async fn new() -> Self {
        Self { stack: Stack::start().await.unwrap() }
    }

    pub(crate) async fn with(options: StackOptions) -> Self {
        Self { stack: Stack::start_with(options).await.unwrap() }
    }

    /// A new app whose sandbox runs.
    pub(crate) async fn app(&self) -> App {
        let made = self.stack.client.post("/v1/apps", &json!({ "name": "App" })).await.unwrap();
        let app = text(&made.json(), "id");
        let path = format!("/v1/apps/{app}/sandbox");
        let body = json!({ "template": "static" });
        let made = self.stack.client.run(Method::POST, &path, Some(&body)).await.unwrap();
        App { app, sandbox: text(&made, "sandbox_id") }
    }

    /// Asks for a task; gives its operation.
    pub(crate) async fn ask(&self, app: &App, body: &Value) -> Value {
        let path = format!("/v1/sandboxes/{}/tasks", app.sandbox);
        self.stack.client.begin(Method::POST, &path, Some(body)).await.unwrap()
    }

    /// Asks for a line of shell as a task.
    pub(crate) async fn ask_sh(&self, app: &App, line: &str) -> Value {
        self.ask(app, &sh(line)).await
    }

    /// Waits for a task's end; gives its result.
    pub(crate) async fn ended(&self, operation: &Value) -> Value {
        let ended = self.stack.client.ended(operation, LIMIT).await;
        let ended = ended.unwrap_or_else(|error| panic!("{error:#}\n{}", self.stack.logs()));
        let task = self.task(&ended).await;
        let same = match text(&task, "status").as_str() {
            "succeeded" => "succeeded",
            "cancelled" => "cancelled",
            _ => "failed",
        };
        assert_eq!(ended["status"], same, "operation and task end alike: {ended:#} {task:#}");
        task
    }

    /// Runs a line of shell as a task; gives its result.
    pub(crate) async fn run_sh(&self, app: &App, line: &str) -> Value {
        let operation = self.ask_sh(app, line).await;
        self.ended(&operation).await
    }

    /// A task as it is now.
    pub(crate) async fn task(&self, operation: &Value) -> Value {
        let (sandbox, task) = (text(operation, "sandbox_id"), text(operation, "task_id"));
        let path = format!("/v1/sandboxes/{sandbox}/tasks/{task}");
        self.stack.client.get(&path).await.unwrap().json()
    }

    /// All that an agent said, in order.
    pub(crate) async fn output(&self, operation: &Value) -> Vec<Value> {
        let (sandbox, task) = (text(operation, "sandbox_id"), text(operation, "task_id"));
        let mut said: Vec<Value> = Vec::new();
        loop {
            let after = said.last().map_or(0, |last| last["seq"].as_i64().unwrap());
            let path =
                format!("/v1/sandboxes/{sandbox}/tasks/{task}/events?limit=200&after={after}");
            let accept = [("accept", "application/json")];
            let page =
                self.stack.client.request(Method::GET, &path, &accept, None).await.unwrap().json();
            said.extend(page["events"].as_array().cloned().unwrap_or_default());
            if page["next_after"].is_null() {
                break;
            }
        }
        for (number, piece) in (1..).zip(&said) {
            assert_eq!(piece["seq"], number, "the output has a gap");
        }
        said
    }

    /// What a program printed, put together.
    pub(crate) async fn printed(&self, operation: &Value) -> String {
        let said = self.output(operation).await;
        said.iter()
            .filter(|piece| piece["type"] == "message" && piece["data"]["truncated"] != true)
            .filter_map(|piece| piece["data"]["text"].as_str().map(str::to_owned))
            .collect()
    }

    /// Waits until a program has printed this.
    pub(crate) async fn until_printed(&self, operation: &Value, what: &str) {
        let until = tokio::time::Instant::now() + LIMIT;
        while !self.printed(operation).await.contains(what) {
            assert!(
                tokio::time::Instant::now() < until,
                "{what:?} is never said\n{}",
                self.stack.logs()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until nothing has the sandbox: what a cancelled task had begun ends by itself.
    pub(crate) async fn quiet(&self, app: &App) {
        let until = tokio::time::Instant::now() + LIMIT;
        while !self.sandbox(app).await["active_operation_id"].is_null() {
            assert!(tokio::time::Instant::now() < until, "something still has the sandbox");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(crate) async fn sandbox(&self, app: &App) -> Value {
        let path = format!("/v1/sandboxes/{}", app.sandbox);
        self.stack.client.get(&path).await.unwrap().json()
    }

    /// The types of the timeline of a task.
    pub(crate) async fn told(&self, operation: &Value) -> Vec<String> {
        let path = format!("/v1/tasks/{}/events", text(operation, "task_id"));
        let events = self.stack.client.events(&path).await.unwrap();
        events.iter().map(|event| text(event, "type")).collect()
    }
}

/// A task that is a line of shell.
pub(crate) fn sh(line: &str) -> Value {
    json!({ "prompt": "do it", "agent": "command", "command": ["sh", "-c", line] })
}
