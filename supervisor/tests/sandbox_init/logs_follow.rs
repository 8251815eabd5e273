//! The log as it grows.

use serde_json::json;

use crate::caller::Caller;
use crate::harness::{Workspace, until};

#[test]
fn what_was_there_comes_first_and_what_is_added_after_it() {
    let workspace = Workspace::new().template("sandbox.yaml", "command: 'echo one; sleep 1000'");
    let init = workspace.start();
    init.log_with("one\n");
    let files = Caller::of(&init);
    let mut log = files.open(&json!({"v": 1, "op": "logs.follow"})).unwrap();
    log.output_with("one\n");
    init.ask(&json!({"v": 1, "op": "restart"}));
    let more = log.output_with("one\n");
    assert!(more.starts_with("[sandboxd] restarting\n"), "nothing twice, nothing missing: {more}");
    let mut end = files.open(&json!({"v": 1, "op": "logs.follow", "bytes": 4})).unwrap();
    assert_eq!(end.output_with("one\n"), "one\n");
    let wrong = json!({"v": 1, "op": "logs.follow", "bytes": 65_537});
    assert_eq!(files.code(&wrong), "invalid_request");
}

#[test]
fn a_slow_reader_holds_nobody_up_and_misses_what_it_must() {
    let script = "command: 'head -c 8000000 /dev/zero | tr \"\\0\" x; echo; echo end; sleep 1000'";
    let workspace = Workspace::new().template("sandbox.yaml", "command: 'sleep 1000'");
    let init = workspace.start();
    init.state("starting");
    let mut log =
        Caller::of(&init).open(&json!({"v": 1, "op": "logs.follow", "bytes": 0})).unwrap();
    std::fs::write(workspace.app().join("sandbox.yaml"), script).unwrap();
    init.ask(&json!({"v": 1, "op": "restart"}));
    init.log_with("end\n");
    let text = log.output_with("end\n");
    assert!(text.contains("bytes came too fast and are left out"));
    assert!(text.len() < 2_000_000, "{}", text.len());
}

#[test]
fn a_follower_who_goes_gives_its_place_back() {
    let init = Workspace::new().start();
    init.state("none");
    let files = Caller::of(&init);
    let follow = json!({"v": 1, "op": "logs.follow", "bytes": 0});
    let followers: Vec<_> = (0..32).map(|_| files.open(&follow).unwrap()).collect();
    assert_eq!(files.open(&follow).map(drop).unwrap_err(), "busy");
    drop(followers);
    until("a free place", || files.open(&follow).ok());
}
