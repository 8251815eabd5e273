//! The program under test, with an environment of its own.

use std::path::Path;
use std::process::Stdio;

use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};

use super::in_time;

pub(crate) struct Ctl {
    command: Command,
    input: Vec<u8>,
}

/// How a command ended, and what it said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ctl {
    pub(crate) fn new(home: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sandboxctl"));
        command.args(arguments).env_clear().env("HOME", home).current_dir(home);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        Self { command, input: Vec::new() }
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub(crate) fn arg(mut self, argument: &str) -> Self {
        self.command.arg(argument);
        self
    }

    pub(crate) fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    /// Started, with its input still open.
    pub(crate) fn start(mut self) -> Child {
        self.command.stdin(Stdio::piped()).spawn().unwrap()
    }

    pub(crate) async fn run(self) -> Said {
        let what = format!("{:?}", self.command.as_std());
        let input = self.input.clone();
        let mut child = self.start();
        let mut stdin = child.stdin.take().unwrap();
        // One that doesn't read it may have ended.
        let _ = stdin.write_all(&input).await;
        drop(stdin);
        Said::of(in_time(&what, child.wait_with_output()).await.unwrap())
    }
}

impl Said {
    pub(crate) fn of(output: std::process::Output) -> Self {
        let code = output.status.code().unwrap_or(-1);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code, stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    #[track_caller]
    pub(crate) fn ok(&self) -> &Self {
        self.ended(0)
    }

    #[track_caller]
    pub(crate) fn ended(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    /// Standard error has all of these.
    #[track_caller]
    pub(crate) fn complains(&self, words: &[&str]) -> &Self {
        for word in words {
            assert!(self.stderr.contains(word), "{word}: {self:#?}");
        }
        self
    }

    /// Standard output has all of these.
    #[track_caller]
    pub(crate) fn shows(&self, words: &[&str]) -> &Self {
        for word in words {
            assert!(self.stdout.contains(word), "{word}: {self:#?}");
        }
        self
    }
}
