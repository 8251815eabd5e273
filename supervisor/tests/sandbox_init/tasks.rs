//! Tasks as a caller uses them.

use serde_json::{Value, json};

use crate::harness::{Connection, Init, Rest, until};

/// The caller of a supervisor.
pub(crate) struct Tasks<'a>(pub(crate) &'a Init);

impl Tasks<'_> {
    /// Asks for a script to be run, and gets any answer.
    pub(crate) fn ask_start(&self, id: &str, script: &str) -> Value {
        self.ask_start_with(json!({"id": id, "argv": ["sh", "-c", script]}))
    }

    pub(crate) fn ask_start_with(&self, mut request: Value) -> Value {
        request["v"] = json!(1);
        request["op"] = json!("task.start");
        if request["timeout_ms"].is_null() {
            request["timeout_ms"] = json!(60_000);
        }
        self.0.ask(&request)
    }

    /// Has a script run that wasn't before, and returns its process.
    pub(crate) fn start(&self, id: &str, script: &str) -> i64 {
        started(&self.ask_start(id, script))
    }

    pub(crate) fn status(&self, id: &str) -> Value {
        self.0.ask(&json!({"v": 1, "op": "task.status", "id": id}))
    }

    pub(crate) fn cancel(&self, id: &str) -> Value {
        self.0.ask(&json!({"v": 1, "op": "task.cancel", "id": id, "reason": "cancelled"}))
    }

    /// The answer to a wish to follow, and the connection.
    pub(crate) fn ask_follow(&self, id: &str, offset: u64) -> (Value, Connection) {
        self.0.stream(&json!({"v": 1, "op": "task.follow", "id": id, "offset": offset}))
    }

    pub(crate) fn follow(&self, id: &str, offset: u64) -> Connection {
        let (answer, connection) = self.ask_follow(id, offset);
        assert_eq!((&answer["ok"], &answer["offset"]), (&json!(true), &json!(offset)), "{answer}");
        connection
    }

    /// All of its output, and its result.
    pub(crate) fn rest(&self, id: &str) -> Rest {
        let rest = self.follow(id, 0).rest();
        assert_eq!(rest.end["output_bytes"], json!(rest.output.len()), "{}", rest.end);
        rest
    }

    /// Runs a script to its end.
    pub(crate) fn run(&self, id: &str, script: &str) -> Rest {
        self.start(id, script);
        self.rest(id)
    }

    /// Waits for its end, with nobody connected in between, and returns its result.
    pub(crate) fn ended(&self, id: &str) -> Value {
        until("a task's end", || {
            let status = self.status(id);
            (status["state"] != "running").then(|| status["result"].clone())
        })
    }
}

pub(crate) fn started(answer: &Value) -> i64 {
    assert_eq!(answer["started"], true, "{answer}");
    answer["pid"].as_i64().unwrap()
}

pub(crate) fn error(answer: &Value) -> &str {
    answer["error"]["code"].as_str().unwrap_or_else(|| panic!("no error in {answer}"))
}

/// The result of a task that exited by itself and whose output was kept.
pub(crate) fn exited(code: i32, bytes: usize) -> Value {
    json!({"code": code, "signal": null, "cause": "exited", "output_bytes": bytes, "dropped_bytes": 0})
}
