//! The program under test, as alice.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use sandboxd_tests::Stack;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};

/// How long a command may take.
const LIMIT: Duration = Duration::from_secs(60);

pub(crate) struct Ctl {
    program: PathBuf,
    url: String,
    pub(crate) home: TempDir,
}

/// How a command ended, and what it said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ctl {
    pub(crate) fn of(stack: &Stack) -> Self {
        let program = stack.settings.bins.join("sandboxctl");
        assert!(program.is_file(), "sandboxctl isn't built: cargo build -p sandboxd-cli");
        Self { program, url: stack.api_url(), home: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        Command::new(&self.program)
            .args(arguments)
            .env_clear()
            .env("HOME", self.home.path())
            .env("SANDBOXCTL_URL", &self.url)
            .env("SANDBOXCTL_TOKEN", "alice-token-for-tests")
            .current_dir(self.home.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap()
    }

    pub(crate) async fn run(&self, arguments: &[&str], input: &str) -> Said {
        let mut child = self.start(arguments);
        let mut stdin = child.stdin.take().unwrap();
        // One that doesn't read it may have ended.
        let _ = stdin.write_all(input.as_bytes()).await;
        drop(stdin);
        self.ended(arguments, child).await
    }

    pub(crate) async fn ended(&self, arguments: &[&str], child: Child) -> Said {
        let output = tokio::time::timeout(LIMIT, child.wait_with_output()).await;
        let output = output.unwrap_or_else(|_| panic!("{arguments:?}: not in time")).unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        Said { code: output.status.code(), stdout, stderr }
    }

    /// What a command says that succeeds.
    pub(crate) async fn ok(&self, arguments: &[&str]) -> Said {
        let said = self.run(arguments, "").await;
        assert_eq!(said.code, Some(0), "{arguments:?}: {said:#?}");
        said
    }

    /// The same as JSON.
    pub(crate) async fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let mut all = arguments.to_vec();
        all.insert(0, "--json");
        serde_json::from_str(&self.ok(&all).await.stdout).unwrap()
    }

    /// An app with a sandbox that runs.
    pub(crate) async fn shop(&self) {
        self.ok(&["apps", "create", "shop"]).await;
        let made = self.ok(&["sandboxes", "create", "shop", "--template", "static"]).await;
        assert!(made.stdout.contains("http://s-"), "{made:#?}");
        let steps = made.stderr.lines().filter(|line| line.ends_with("ms)")).count();
        assert!(steps > 2, "steps are told of as they are done: {made:#?}");
    }
}
