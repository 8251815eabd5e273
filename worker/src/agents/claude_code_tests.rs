use sandboxd_shared::domain::{Agent, OutputKind};
use serde_json::json;

use crate::agents::launch::tests::{config, request};
use crate::agents::reader::tests::{events, read_all, usage};
use crate::agents::{Piece, Request, launch};

#[test]
fn starts_with_a_model_and_a_session() {
    let environment = config(&[("ANTHROPIC_AUTH_TOKEN", "t")]);
    let plain = request("do it", &environment);
    let wanted = Request { model: Some("opus"), session: Some("323c7b6f"), ..plain };
    let argv = launch(Agent::ClaudeCode, &wanted).unwrap().argv;
    assert_eq!(argv[argv.len() - 4..], ["--model=opus", "--resume=323c7b6f", "--", "do it"]);
}

#[test]
fn reads_what_it_writes() {
    let pieces = read_all(Agent::ClaudeCode, include_str!("fixtures/claude_code.jsonl"));
    assert_eq!(pieces[0], Piece::Session("323c7b6f-da90-41a7-97bd-a3ff1fc1ece4".to_owned()));
    assert_eq!(
        events(&pieces, OutputKind::Status),
        [
            json!({ "status": "started", "detail": "claude-opus-4-8" }),
            json!({ "status": "retrying", "detail": "server_error, attempt 1 of 10" }),
            json!({ "status": "finished" }),
        ]
    );
    assert_eq!(
        events(&pieces, OutputKind::Message),
        [json!({ "text": "I write it now." }), json!({ "text": "A helper's word." })]
    );
    let file = "/home/sandbox/app/hello.txt";
    assert_eq!(
        events(&pieces, OutputKind::Tool),
        [
            json!({ "tool": "Write", "call_id": "toolu_13", "title": file, "status": "running",
                "input": { "file_path": file, "content": "hi there" } }),
            json!({ "tool": "Write", "call_id": "toolu_13", "status": "completed",
                "output": format!("File created successfully at: {file}") }),
            json!({ "tool": "tool", "call_id": "toolu_12", "status": "error",
                "output": "No such file" }),
        ]
    );
    assert_eq!(
        usage(&pieces),
        json!({ "input_tokens": 207, "output_tokens": 40, "cache_read_tokens": 60,
            "cost_usd": 0.00203, "turns": 2 })
    );
    assert_eq!(pieces.last(), Some(&Piece::FinalMessage("I wrote the file.".to_owned())));
}

#[test]
fn a_helpers_word_is_not_the_last() {
    let stream = include_str!("fixtures/claude_code.jsonl");
    let without_result: Vec<&str> = stream.lines().take(6).collect();
    let pieces = read_all(Agent::ClaudeCode, &without_result.join("\n"));
    assert_eq!(pieces.last(), Some(&Piece::FinalMessage("I write it now.".to_owned())));
}

#[test]
fn reads_its_failure() {
    for (result, reason) in [
        (json!({ "subtype": "success", "result": "Credit is too low" }), "Credit is too low"),
        (json!({ "subtype": "error_max_turns" }), "error_max_turns"),
    ] {
        let mut line = json!({ "type": "result", "is_error": true });
        line.as_object_mut().unwrap().extend(result.as_object().unwrap().clone());
        let pieces = read_all(Agent::ClaudeCode, &line.to_string());
        assert_eq!(pieces.last(), Some(&Piece::Failed(reason.to_owned())));
    }
}
