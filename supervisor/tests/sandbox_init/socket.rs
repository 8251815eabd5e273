//! The socket against clients that are wrong, slow or many.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::harness::{Workspace, until};

#[test]
fn a_connection_takes_many_requests_and_survives_bad_ones() {
    let init = Workspace::new().start();
    let mut connection = init.connect();
    for (line, code) in [
        ("nonsense", "invalid_request"),
        (r#"{"v":2,"op":"status"}"#, "unsupported_version"),
        (r#"{"v":1,"op":"explode"}"#, "unknown_op"),
        (r#"{"v":1,"op":"status","extra":1}"#, "invalid_request"),
        (r#"{"v":1,"op":"logs","bytes":65537}"#, "invalid_request"),
    ] {
        let answer = connection.ask(line);
        assert_eq!((&answer["v"], &answer["ok"]), (&json!(1), &json!(false)), "{line}");
        assert_eq!(answer["error"]["code"], code, "{line}");
    }
    assert_eq!(connection.ask(r#"{"v":1,"op":"status"}"#)["ok"], true);
}

#[test]
fn a_line_that_is_too_long_ends_the_connection() {
    let init = Workspace::new().start();
    let spaces = |length: usize| " ".repeat(length);
    let status = format!("{{\"v\":1,\"op\":\"status\"{}}}\n", spaces(64 * 1024));
    let exec = format!("{{\"v\":1,\"op\":\"exec\"{}}}\n", spaces(1024 * 1024));
    let other = format!("{{\"v\":1,\"values\":{{}}{}", spaces(2 * 1024 * 1024));
    for line in [status, exec, other] {
        let mut connection = init.connect();
        // The other side may close before it has read it all.
        let _ = connection.stream.write_all(line.as_bytes());
        assert_eq!(connection.answer().expect("an answer")["error"]["code"], "too_large");
        assert_eq!(connection.answer(), None);
    }
}

#[test]
fn silent_clients_fill_only_their_own_places() {
    let init = Workspace::new().start();
    let mut silent: Vec<_> = (0..16).map(|_| init.connect()).collect();
    let refused = until("a refusal", || init.connect().answer());
    assert_eq!(refused["error"]["code"], "busy");
    silent.pop();
    let mut connection = until("a free place", || {
        let mut connection = init.connect();
        let _ = connection.stream.write_all(b"{\"v\":1,\"op\":\"status\"}\n");
        connection.answer().filter(|answer| answer["ok"] == true).map(|_| connection)
    });
    assert_eq!(connection.ask(r#"{"v":1,"op":"status"}"#)["ok"], true);
    // Places come back by themselves: a client that says nothing is dropped.
    assert_eq!(silent[0].answer(), None);
}

#[test]
fn logs_are_bounded_however_much_is_printed() {
    let script = "command: 'head -c 5000000 /dev/zero | tr \"\\0\" x; echo; echo end; sleep 1000'";
    let workspace = Workspace::new().template("sandbox.yaml", script);
    let init = workspace.start();
    init.log_with("end\n");
    let answer = init.ask(&json!({"v": 1, "op": "logs", "bytes": 10}));
    assert_eq!(answer["text"], "xxxxx\nend\n");
    assert_eq!(answer["truncated"], true);
    let kept: u64 = fs::read_dir(workspace.run())
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum();
    assert!(kept <= 2 * 1024 * 1024, "{kept}");
}

#[test]
fn the_socket_is_its_owners_and_replaces_a_stale_one() {
    let workspace = Workspace::new();
    let socket = workspace.run().join("init.sock");
    let mut init = workspace.start();
    init.status();
    init.kill();
    assert!(socket.exists());
    let init = workspace.start();
    init.state("none");
    assert_eq!(fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
}
