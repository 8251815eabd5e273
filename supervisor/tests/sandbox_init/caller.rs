//! The file operations as a caller uses them, whoever serves them.

use serde_json::{Value, json};

use crate::harness::{Connection, Init, Rest, Workspace};

/// Opens a connection for each request.
pub(crate) struct Caller<'a> {
    connect: Box<dyn Fn() -> Connection + 'a>,
}

/// A running sandbox with an empty app.
pub(crate) fn running() -> (Workspace, Init) {
    let workspace = Workspace::new().unprivileged();
    let init = workspace.start();
    init.state("none");
    (workspace, init)
}

impl<'a> Caller<'a> {
    pub(crate) fn of(init: &'a Init) -> Self {
        Self::new(|| init.connect())
    }

    pub(crate) fn new(connect: impl Fn() -> Connection + 'a) -> Self {
        Self { connect: Box::new(connect) }
    }

    /// The answer, and all that comes behind it where it is good.
    pub(crate) fn ask(&self, request: &Value) -> Result<Rest, String> {
        let mut connection = self.open(request)?;
        Ok(connection.rest())
    }

    /// The answer's or the end's error, as its code.
    pub(crate) fn code(&self, request: &Value) -> String {
        match self.ask(request) {
            Err(code) => code,
            Ok(rest) => code(&rest.end),
        }
    }

    pub(crate) fn open(&self, request: &Value) -> Result<Connection, String> {
        let mut connection = (self.connect)();
        let answer = connection.ask(&request.to_string());
        if answer["ok"] == true { Ok(connection) } else { Err(code(&answer)) }
    }

    pub(crate) fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        Ok(self.ask(&json!({"v": 1, "op": "files.read", "path": path}))?.output)
    }

    pub(crate) fn write(&self, path: &str, bytes: &[u8]) -> Result<Value, String> {
        self.write_with(&json!({"v": 1, "op": "files.write", "path": path}), bytes)
    }

    pub(crate) fn write_with(&self, request: &Value, bytes: &[u8]) -> Result<Value, String> {
        let mut connection = self.open(request)?;
        for part in bytes.chunks(60_000) {
            connection.send(0, part);
        }
        connection.send(0, b"");
        let end = connection.rest().end;
        if end["error"].is_null() { Ok(end) } else { Err(code(&end)) }
    }

    pub(crate) fn remove(&self, path: &str, recursive: bool) -> Result<(), String> {
        let request = json!({"v": 1, "op": "files.remove", "path": path, "recursive": recursive});
        self.open(&request).map(drop)
    }

    /// The entries, and whether there are more.
    pub(crate) fn list(&self, request: &Value) -> Result<(Vec<Value>, bool), String> {
        let rest = self.ask(request)?;
        let entries = rest.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let truncated = rest.end["truncated"].as_bool().ok_or_else(|| code(&rest.end))?;
        Ok((entries, truncated))
    }

    /// Their paths only.
    pub(crate) fn paths(&self, path: &str, recursive: bool) -> Vec<String> {
        let request = json!({"v": 1, "op": "files.list", "path": path, "recursive": recursive});
        let (entries, _) = self.list(&request).unwrap();
        entries.iter().map(|entry| entry["path"].as_str().unwrap().to_owned()).collect()
    }
}

fn code(answer: &Value) -> String {
    answer["error"]["code"].as_str().unwrap_or_else(|| panic!("no error in {answer}")).to_owned()
}
