use proptest::prelude::*;
use sandboxd_shared::domain::OutputKind;
use serde_json::json;

use super::*;

const FIXTURES: [(Agent, &str); 7] = [
    (Agent::Opencode, include_str!("fixtures/opencode.jsonl")),
    (Agent::Opencode, include_str!("fixtures/opencode_error.jsonl")),
    (Agent::ClaudeCode, include_str!("fixtures/claude_code.jsonl")),
    (Agent::Codex, include_str!("fixtures/codex.jsonl")),
    (Agent::Codex, include_str!("fixtures/codex_error.jsonl")),
    (Agent::Gemini, include_str!("fixtures/gemini.jsonl")),
    (Agent::Gemini, include_str!("fixtures/gemini_error.jsonl")),
];
/// Of a piece that isn't an agent's message: bounds on its parts, and their names.
const PIECE_MAX: usize = 2 * 4096 * 2 + 8 * 500 * 2;

/// All that comes of a stream, with its end.
pub(in crate::agents) fn read_all(agent: Agent, stream: &str) -> Vec<Piece> {
    let mut reader = Reader::default();
    let mut pieces: Vec<Piece> =
        stream.lines().flat_map(|line| reader.line(agent, line.as_bytes())).collect();
    pieces.extend(reader.finish(agent));
    pieces
}

/// The data of the events of one kind.
pub(in crate::agents) fn events(pieces: &[Piece], wanted: OutputKind) -> Vec<Value> {
    let data = pieces.iter().filter_map(|piece| match piece {
        Piece::Event { kind, data } if *kind == wanted => Some(data.clone()),
        _ => None,
    });
    data.collect()
}

/// The last usage that was told.
pub(in crate::agents) fn usage(pieces: &[Piece]) -> Value {
    let usage = pieces.iter().rev().find_map(|piece| match piece {
        Piece::Usage(usage) => Some(usage.clone()),
        _ => None,
    });
    usage.expect("usage is told")
}

/// Reads a line as every agent's and looks at what must hold for any.
fn holds_for_any(line: &[u8]) {
    for agent in Agent::ALL {
        let mut reader = Reader::default();
        let pieces = reader.line(*agent, line);
        for piece in &pieces {
            if let Piece::Event { kind, data } = piece
                && *kind != OutputKind::Message
            {
                assert!(data.to_string().len() < PIECE_MAX, "{data}");
            }
        }
        let state = serde_json::to_string(&reader).unwrap();
        assert!(state.len() < 64 * 1024, "small enough for a row");
        let mut again: Reader = serde_json::from_str(&state).unwrap();
        assert_eq!(again, reader, "nothing is lost on the way to another worker");
        assert_eq!(again.finish(*agent), reader.finish(*agent));
    }
}

#[test]
fn what_no_agent_writes_is_a_message_as_it_came() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let lines = [
        "npm warn deprecated",
        "{\"type\":\"text\"}",
        "{\"type\":\"from-a-later-version\",\"x\":1}",
        "{\"type\":7}",
        "{\"no\":\"type\"}",
        "{\"type\":\"text\",\"part\":{\"text\":\"cut in the mid",
        "42",
        "null",
        deep.as_str(),
    ];
    for line in lines {
        for agent in Agent::ALL {
            let pieces = Reader::default().line(*agent, line.as_bytes());
            let raw = json!({ "text": line, "raw": true });
            assert_eq!(events(&pieces, OutputKind::Message), [raw], "{agent}: {line:.80}");
            assert_eq!(pieces.len(), 1);
        }
    }
    let pieces = Reader::default().line(Agent::Codex, b"caf\xe9\r");
    assert_eq!(events(&pieces, OutputKind::Message)[0]["text"], "caf\u{fffd}");
}

#[test]
fn blank_lines_are_nothing() {
    for agent in [Agent::Opencode, Agent::ClaudeCode, Agent::Codex, Agent::Gemini] {
        assert_eq!(Reader::default().line(agent, b" \r"), []);
    }
}

#[test]
fn a_command_speaks_in_lines() {
    let pieces = read_all(Agent::Command, "building\n{\"type\":\"text\"}\nall good\n\n");
    let texts: Vec<Value> =
        events(&pieces, OutputKind::Message).iter().map(|data| data["text"].clone()).collect();
    assert_eq!(texts, ["building", "{\"type\":\"text\"}", "all good", ""]);
    assert_eq!(pieces.last(), Some(&Piece::FinalMessage("all good".to_owned())));
}

#[test]
fn no_line_of_an_agent_of_its_own_is_raw() {
    for (agent, stream) in FIXTURES {
        for data in events(&read_all(agent, stream), OutputKind::Message) {
            let own = data.get("raw").is_none();
            assert!(own || data["text"].as_str().unwrap().starts_with("YOLO"), "{agent}: {data}");
        }
    }
}

#[test]
fn another_reader_goes_on_after_any_line() {
    for (agent, stream) in FIXTURES {
        let whole = read_all(agent, stream);
        let lines: Vec<&str> = stream.lines().collect();
        for stop in 0..=lines.len() {
            let mut reader = Reader::default();
            let (before, after) = lines.split_at(stop);
            let mut pieces: Vec<Piece> =
                before.iter().flat_map(|line| reader.line(agent, line.as_bytes())).collect();
            let kept = serde_json::to_string(&reader).unwrap();
            let mut reader: Reader = serde_json::from_str(&kept).unwrap();
            pieces.extend(after.iter().flat_map(|line| reader.line(agent, line.as_bytes())));
            pieces.extend(reader.finish(agent));
            assert_eq!(pieces, whole, "{agent} after {stop} lines");
        }
    }
}

#[test]
fn an_agent_that_speaks_again_has_not_failed() {
    let error = r#"{"type":"error","error":{"name":"ContextOverflow","data":{}}}"#;
    let text = r#"{"type":"text","part":{"text":"I went on."}}"#;
    let ended = read_all(Agent::Opencode, error);
    assert_eq!(ended.last(), Some(&Piece::Failed("ContextOverflow".to_owned())));
    let went_on = read_all(Agent::Opencode, &format!("{error}\n{text}"));
    assert_eq!(went_on.last(), Some(&Piece::FinalMessage("I went on.".to_owned())));
}

#[test]
fn long_messages_in_parts_are_told_early_and_kept_whole() {
    let mut reader = Reader::default();
    let part = json!({ "type": "message", "role": "assistant", "content": "x".repeat(1000),
        "delta": true })
    .to_string();
    let mut pieces = Vec::new();
    for _ in 0..12 {
        pieces.extend(reader.line(Agent::Gemini, part.as_bytes()));
    }
    assert_eq!(events(&pieces, OutputKind::Message).len(), 2);
    pieces.extend(reader.finish(Agent::Gemini));
    let told: String = events(&pieces, OutputKind::Message)
        .iter()
        .map(|data| data["text"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(told, "x".repeat(12_000));
    assert_eq!(pieces.last(), Some(&Piece::FinalMessage("x".repeat(12_000))));
}

#[test]
fn numbers_from_a_sandbox_do_not_overflow() {
    let step = json!({ "type": "step_finish", "part": { "cost": f64::MAX,
        "tokens": { "input": u64::MAX, "output": u64::MAX, "cache": { "read": u64::MAX } } } })
    .to_string();
    let pieces = read_all(Agent::Opencode, &format!("{step}\n{step}"));
    assert_eq!(usage(&pieces)["input_tokens"], u64::MAX);
    assert!(usage(&pieces)["cost_usd"].is_f64());
}

#[test]
fn calls_that_never_end_are_not_remembered_for_ever() {
    let mut reader = Reader::default();
    for number in 0..10_000 {
        reader.begin_call(&number.to_string(), &"t".repeat(10_000));
    }
    assert!(serde_json::to_string(&reader).unwrap().len() < 64 * 1024);
}

proptest! {
    #[test]
    fn any_bytes_do_no_harm(line in proptest::collection::vec(any::<u8>(), 0..400)) {
        holds_for_any(&line);
    }

    #[test]
    fn real_lines_gone_wrong_do_no_harm(
        fixture in 0..FIXTURES.len(),
        line in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        with in "[\"{}\\[\\]:,0-9a-z\\\\ ]{0,6}",
        drop in 0_usize..40,
    ) {
        let lines: Vec<&str> = FIXTURES[fixture].1.lines().collect();
        let mut line = lines[line.index(lines.len())].as_bytes().to_vec();
        let at = at.index(line.len());
        let end = (at + drop).min(line.len());
        line.splice(at..end, with.bytes());
        holds_for_any(&line);
    }

    /// Values of other types than expected, anywhere.
    #[test]
    fn real_lines_with_other_values_do_no_harm(
        fixture in 0..FIXTURES.len(),
        line in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        with in prop::sample::select(vec![
            json!(null), json!(-1), json!(1e300), json!([]), json!({}), json!("x".repeat(9000)),
            json!([[{ "type": "text", "text": 1 }]]),
        ]),
    ) {
        let lines: Vec<&str> = FIXTURES[fixture].1.lines().filter(|l| l.starts_with('{')).collect();
        let mut value: Value = serde_json::from_str(lines[line.index(lines.len())]).unwrap();
        let mut places = Vec::new();
        pointers(&value, String::new(), &mut places);
        *value.pointer_mut(&places[at.index(places.len())]).unwrap() = with;
        holds_for_any(value.to_string().as_bytes());
    }
}

/// The JSON pointers of all values within one.
fn pointers(value: &Value, at: String, found: &mut Vec<String>) {
    if let Value::Object(entries) = value {
        for (name, value) in entries {
            pointers(value, format!("{at}/{name}"), found);
        }
    } else if let Value::Array(items) = value {
        for (index, value) in items.iter().enumerate() {
            pointers(value, format!("{at}/{index}"), found);
        }
    }
    found.push(at);
}
