use sandboxd_shared::domain::{Agent, OutputKind};
use serde_json::json;

use crate::agents::launch::tests::{config, request};
use crate::agents::reader::tests::{events, read_all, usage};
use crate::agents::{Piece, Request, launch};

#[test]
fn starts_with_a_model_and_a_session() {
    let environment = config(&[("GEMINI_API_KEY", "g")]);
    let plain = request("do it", &environment);
    let wanted = Request { model: Some("m"), session: Some("e6b7"), ..plain };
    let argv = launch(Agent::Gemini, &wanted).unwrap().argv;
    assert_eq!(argv[argv.len() - 3..], ["--model=m", "--resume=e6b7", "--prompt=do it"]);
    let argv = launch(Agent::Gemini, &plain).unwrap().argv;
    assert!(argv.contains(&"--model=gemini-2.5-pro".to_owned()));
    let environment = config(&[("GEMINI_API_KEY", "g"), ("GEMINI_MODEL", "m")]);
    let argv = launch(Agent::Gemini, &request("do it", &environment)).unwrap().argv;
    assert!(!argv.iter().any(|word| word.starts_with("--model")), "{argv:?}");
}

#[test]
fn reads_what_it_writes() {
    let pieces = read_all(Agent::Gemini, include_str!("fixtures/gemini.jsonl"));
    assert_eq!(pieces[1], Piece::Session("e6b7337e-4ab1-4c7a-98e7-664ea3c8f34a".to_owned()));
    let said = &events(&pieces, OutputKind::Message)[1..];
    assert_eq!(said, [json!({ "text": "I wrote the file." })]);
    let file = "/home/sandbox/app/hello.txt";
    assert_eq!(
        events(&pieces, OutputKind::Tool),
        [
            json!({ "tool": "write_file", "call_id": "write_file_1", "title": file,
                "status": "running", "input": { "file_path": file, "content": "hi there" } }),
            json!({ "tool": "write_file", "call_id": "write_file_1", "status": "completed" }),
        ]
    );
    assert_eq!(
        usage(&pieces),
        json!({ "input_tokens": 140, "output_tokens": 40, "cache_read_tokens": 60 })
    );
    assert_eq!(pieces.last(), Some(&Piece::FinalMessage("I wrote the file.".to_owned())));
}

#[test]
fn reads_its_failure() {
    let pieces = read_all(Agent::Gemini, include_str!("fixtures/gemini_error.jsonl"));
    assert_eq!(pieces.last(), Some(&Piece::Failed("[API Error: bad key]".to_owned())));
}
