use sandboxd_shared::domain::{Agent, OutputKind};
use serde_json::json;

use crate::agents::launch::tests::{config, request};
use crate::agents::reader::tests::{events, read_all, usage};
use crate::agents::{Piece, Request, launch};

#[test]
fn starts_with_a_model_and_a_session() {
    let environment = config(&[("OPENAI_API_KEY", "o")]);
    let plain = request("do it", &environment);
    let wanted = Request { model: Some("m"), session: Some("01a2"), ..plain };
    let argv = launch(Agent::Codex, &wanted).unwrap().argv;
    assert_eq!(argv[argv.len() - 5..], ["-m", "m", "resume", "01a2", "-"]);
    let argv = launch(Agent::Codex, &plain).unwrap().argv;
    assert_eq!(argv[argv.len() - 3..], ["-m", "gpt-5.5", "-"]);
}

#[test]
fn reads_what_it_writes() {
    let pieces = read_all(Agent::Codex, include_str!("fixtures/codex.jsonl"));
    assert_eq!(pieces[0], Piece::Session("01a223eb-5d69-7840-9fcd-1f56cb5e5f82".to_owned()));
    assert_eq!(
        events(&pieces, OutputKind::Status),
        [
            json!({ "status": "started" }),
            json!({ "status": "warning", "detail": "Model metadata for `m` not found." }),
            json!({ "status": "working" }),
        ]
    );
    let command = "/bin/bash -lc \"printf hi > hello.txt\"";
    assert_eq!(
        events(&pieces, OutputKind::Tool),
        [
            json!({ "tool": "command_execution", "call_id": "item_1", "title": command,
                "status": "running" }),
            json!({ "tool": "command_execution", "call_id": "item_1", "title": command,
                "status": "completed", "output": "done\n" }),
            json!({ "tool": "command_execution", "call_id": "item_2",
                "title": "/bin/bash -lc false", "status": "error" }),
            json!({ "tool": "file_change", "call_id": "item_3", "status": "completed",
                "input": [{ "path": "/home/sandbox/app/a.txt", "kind": "add" }] }),
        ]
    );
    assert_eq!(
        usage(&pieces),
        json!({ "input_tokens": 140, "output_tokens": 40, "cache_read_tokens": 60, "turns": 1 })
    );
    assert_eq!(pieces.last(), Some(&Piece::FinalMessage("I wrote the file.".to_owned())));
}

#[test]
fn reads_its_failure() {
    let pieces = read_all(Agent::Codex, include_str!("fixtures/codex_error.jsonl"));
    let reason = "unexpected status 401 Unauthorized: bad key".to_owned();
    assert_eq!(pieces.last(), Some(&Piece::Failed(reason)));
    assert_eq!(events(&pieces, OutputKind::Status).len(), 5);
}

#[test]
fn a_lost_connection_is_no_failure() {
    let line = r#"{"type":"error","message":"Reconnecting... 1/5"}"#;
    let pieces = read_all(Agent::Codex, line);
    assert!(!pieces.iter().any(|piece| matches!(piece, Piece::Failed(_))), "{pieces:?}");
}
