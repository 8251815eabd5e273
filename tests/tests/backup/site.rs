//! An installation, the place of its backups, and the commands of its operator.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use hyper::{Method, StatusCode};
use sandboxd_tests::{Stack, StackOptions};
use serde_json::{Value, json};

/// How long a restored installation may take to be settled.
pub(crate) const SETTLED: Duration = Duration::from_secs(60);

pub(crate) fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}")).to_owned()
}

pub(crate) struct Site {
    pub(crate) stack: Stack,
    /// Taken away after the stack.
    place: tempfile::TempDir,
}

impl Site {
    pub(crate) async fn start() -> Self {
        let place = tempfile::Builder::new().prefix("sbxt-b").tempdir_in("/var/tmp").unwrap();
        let data = Some(place.path().join("data"));
        let stack = Stack::start_with(StackOptions { data, ..StackOptions::default() }).await;
        Self { stack: stack.unwrap(), place }
    }

    pub(crate) fn target(&self) -> PathBuf {
        self.place.path().join("backups")
    }

    fn admin(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.stack.settings.bins.join("sandboxd-api"));
        command.arg("admin").arg("--data-dir").arg(&self.stack.data).args(arguments);
        command
    }

    /// Begins `admin backup`.
    pub(crate) fn begin_backup(&self, more: &[&str]) -> Child {
        let target = self.target();
        let arguments = [&["backup", target.to_str().unwrap()], more].concat();
        let mut command = self.admin(&arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    pub(crate) async fn backup(&self, more: &[&str]) -> String {
        succeeded(finished(self.begin_backup(more)).await)
    }

    /// As a host that is gone: no process, no container, no data.
    pub(crate) fn lose_everything(&mut self) {
        self.lose_data();
        self.stack.docker.clean();
    }

    /// Kills every process and takes the data directory away.
    pub(crate) fn lose_data(&mut self) {
        for worker in &mut self.stack.workers {
            worker.kill().unwrap();
        }
        self.stack.workers.clear();
        self.stack.gateway.take().unwrap().kill().unwrap();
        self.stack.api.take().unwrap().kill().unwrap();
        fs::remove_dir_all(&self.stack.data).unwrap();
    }

    pub(crate) async fn restore(&self, more: &[&str]) -> Output {
        let target = self.target();
        let arguments = [&["restore", target.to_str().unwrap()], more].concat();
        let mut command = self.admin(&arguments);
        finished(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()).await
    }

    /// Starts all processes over what was restored.
    pub(crate) async fn start_again(&mut self) {
        fs::create_dir_all(self.stack.data.join("logs")).unwrap();
        self.stack.start_api().unwrap();
        self.stack.start_gateway().unwrap();
        for _ in 0..2 {
            self.stack.start_worker(&[]).unwrap();
        }
        self.stack.ready().await.unwrap();
    }

    pub(crate) async fn app(&self, name: &str) -> (String, String) {
        let app = self.stack.client.post("/v1/apps", &json!({ "name": name })).await.unwrap();
        assert_eq!(app.status, StatusCode::CREATED, "{}", app.text());
        let app = text(&app.json(), "id");
        let (path, body) = (format!("/v1/apps/{app}/sandbox"), json!({ "template": "static" }));
        let made = self.stack.client.run(Method::POST, &path, Some(&body)).await.unwrap();
        (app, text(&made, "sandbox_id"))
    }

    pub(crate) async fn act(&self, sandbox: &str, what: &str) -> Value {
        let path = format!("/v1/sandboxes/{sandbox}/{what}");
        self.stack.client.run(Method::POST, &path, None).await.unwrap()
    }

    pub(crate) async fn capture(&self, sandbox: &str, live: bool) -> String {
        let body = json!({ "source_sandbox_id": sandbox, "name": "kept", "live": live });
        let done = self.stack.client.run(Method::POST, "/v1/snapshots", Some(&body)).await;
        text(&done.unwrap(), "snapshot_id")
    }

    /// Restores a snapshot into its app, which runs then.
    pub(crate) async fn go_back(&self, app: &str, snapshot: &str) {
        let (path, body) = (format!("/v1/apps/{app}/restore"), json!({ "snapshot_id": snapshot }));
        self.stack.client.run(Method::POST, &path, Some(&body)).await.unwrap();
    }

    pub(crate) fn write(&self, sandbox: &str, file: &str, content: &str) {
        let _ = self.stack.docker.sh(sandbox, &format!("echo {content} > {file}"));
    }

    pub(crate) fn read(&self, sandbox: &str, file: &str) -> String {
        self.stack.docker.sh(sandbox, &format!("cat {file} 2>/dev/null || echo none"))
    }
}

/// Waits for a command without holding up the runtime.
pub(crate) async fn finished(child: Child) -> Output {
    tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap()
}

pub(crate) fn succeeded(done: Output) -> String {
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

/// The layers in a folder.
pub(crate) fn layers(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut found: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    found.retain(|name| !name.starts_with('.') && name != "empty");
    found
}
