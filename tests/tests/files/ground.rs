//! An installation with a running sandbox, and what suites do with its files.

use std::time::Duration;

use hyper::{Method, StatusCode};
use sandboxd_tests::Stack;
use serde_json::{Value, json};

/// How long anything may take.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

pub(crate) fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}")).to_owned()
}

pub(crate) struct Ground {
    pub(crate) stack: Stack,
    pub(crate) app: String,
    pub(crate) sandbox: String,
}

impl Ground {
    /// An installation with a running sandbox over the template `blank`.
    pub(crate) async fn new() -> Self {
        let stack = Stack::start().await.unwrap();
        let app = stack.client.post("/v1/apps", &json!({ "name": "Shop" })).await.unwrap();
        let app = text(&app.json(), "id");
        let path = format!("/v1/apps/{app}/sandbox");
        let body = json!({ "template": "blank" });
        let made = stack.client.run(Method::POST, &path, Some(&body)).await.unwrap();
        Self { stack, app, sandbox: text(&made, "sandbox_id") }
    }

    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/v1/sandboxes/{}/{rest}", self.sandbox)
    }

    pub(crate) async fn act(&self, what: &str) {
        self.stack.client.run(Method::POST, &self.path(what), None).await.unwrap();
    }

    pub(crate) async fn put(&self, path: &str, bytes: impl Into<bytes::Bytes>) -> StatusCode {
        let path = self.path(&format!("files/content?path={path}"));
        let answer = self.stack.client.put(&path, bytes).await.unwrap();
        assert!(answer.status.is_success(), "{path}: {}\n{}", answer.text(), self.stack.logs());
        answer.status
    }

    pub(crate) async fn get(&self, path: &str) -> String {
        let answer = self.try_get(path).await;
        assert_eq!(
            answer.status,
            StatusCode::OK,
            "{path}: {}\n{}",
            answer.text(),
            self.stack.logs()
        );
        answer.text()
    }

    pub(crate) async fn try_get(&self, path: &str) -> sandboxd_tests::Answer {
        let path = self.path(&format!("files/content?path={path}"));
        self.stack.client.get(&path).await.unwrap()
    }

    pub(crate) async fn list(&self, query: &str) -> Vec<String> {
        let answer = self.stack.client.get(&self.path(&format!("files?{query}"))).await.unwrap();
        assert_eq!(answer.status, StatusCode::OK, "{}\n{}", answer.text(), self.stack.logs());
        let found = answer.json();
        assert_eq!(found["truncated"], false);
        found["entries"].as_array().unwrap().iter().map(|entry| text(entry, "path")).collect()
    }

    pub(crate) async fn delete(&self, query: &str) -> sandboxd_tests::Answer {
        self.stack.client.delete(&self.path(&format!("files?{query}"))).await.unwrap()
    }

    pub(crate) async fn exec(&self, body: &Value) -> Value {
        let answer = self.stack.client.post(&self.path("exec"), body).await.unwrap();
        assert_eq!(answer.status, StatusCode::OK, "{}\n{}", answer.text(), self.stack.logs());
        answer.json()
    }

    pub(crate) async fn sh(&self, line: &str) -> String {
        let said = self.exec(&json!({ "cmd": line })).await;
        assert_eq!(said["exit_code"], 0, "{line}: {said}");
        text(&said, "stdout").trim_end().to_owned()
    }

    /// Whether a program with these words runs in the sandbox.
    pub(crate) async fn runs(&self, words: &str) -> bool {
        let line =
            format!("ps -eo args | grep -F '{words}' | grep -vF grep | grep -vF 'sh -c' || true");
        !self.sh(&line).await.is_empty()
    }

    pub(crate) async fn capture(&self, name: &str) -> String {
        let body = json!({ "source_sandbox_id": self.sandbox, "name": name });
        let made = self.stack.client.run(Method::POST, "/v1/snapshots", Some(&body)).await.unwrap();
        text(&made, "snapshot_id")
    }

    /// The processes that serve files of stopped sandboxes.
    pub(crate) fn sessions(&self) -> Vec<i32> {
        let bins = self.stack.settings.bins.join("sandbox-init");
        std::fs::read_dir("/proc")
            .unwrap()
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .filter(|pid: &i32| {
                std::fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe == bins)
                    && std::fs::read(format!("/proc/{pid}/cmdline"))
                        .is_ok_and(|line| line.split(|b| *b == 0).nth(1) == Some(&b"files"[..]))
                    && self.is_ours(*pid)
            })
            .collect()
    }

    /// Other suites run on the same host: whose locks it holds tells them apart.
    fn is_ours(&self, pid: i32) -> bool {
        let Ok(open) = std::fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
        open.flatten().any(|fd| {
            std::fs::read_link(fd.path()).is_ok_and(|target| target.starts_with(&self.stack.data))
        })
    }
}
