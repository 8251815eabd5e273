use sandboxd_shared::domain::{Agent, OutputKind};
use serde_json::{Value, json};

use crate::agents::launch::tests::{config, request, value};
use crate::agents::reader::tests::{events, read_all, usage};
use crate::agents::{NotReady, Piece, Request, launch};

/// The config that opencode is given for these keys and this model.
fn configured(keys: &[(&str, &str)], model: Option<&str>) -> Value {
    let environment = config(keys);
    let wanted = Request { model, ..request("do it", &environment) };
    let launched = launch(Agent::Opencode, &wanted).unwrap();
    serde_json::from_str(value(&launched, "OPENCODE_CONFIG_CONTENT")).unwrap()
}

const ANTHROPIC: (&str, &str) = ("ANTHROPIC_API_KEY", "a");
const OPENAI: (&str, &str) = ("OPENAI_API_KEY", "o");

#[test]
fn the_keys_and_the_model_choose_the_provider() {
    let both = [ANTHROPIC, OPENAI];
    for (keys, model, chosen) in [
        (&both[..], None, "anthropic/claude-sonnet-5"),
        (&both[1..], None, "openai/gpt-5.5"),
        (&both[..], Some("gpt-5"), "openai/gpt-5"),
        (&both[..], Some("claude-opus-5"), "anthropic/claude-opus-5"),
        (&both[..], Some("openai/gpt-5"), "openai/gpt-5"),
        (&both[1..], Some("claude-opus-5"), "openai/claude-opus-5"),
        (&both[..], Some("groq/llama/70b"), "groq/llama/70b"),
        (&[("OPENROUTER_API_KEY", "r")], None, "openrouter/anthropic/claude-sonnet-5"),
        (&[("GEMINI_API_KEY", "g")], None, "google/gemini-2.5-pro"),
    ] {
        let config = configured(keys, model);
        assert_eq!(config["model"], chosen, "{model:?}");
        let provider = chosen.split('/').next().unwrap();
        assert_eq!(config["enabled_providers"], json!([provider]));
        assert!(config["provider"][provider].get("options").is_none());
    }
}

#[test]
fn a_named_provider_needs_its_own_key() {
    let environment = config(&[OPENAI]);
    let wanted = Request { model: Some("anthropic/x"), ..request("do it", &environment) };
    let refused = launch(Agent::Opencode, &wanted).unwrap_err();
    let keys = vec!["ANTHROPIC_API_KEY"];
    assert_eq!(refused, NotReady::NoKey { agent: Agent::Opencode, keys });
}

#[test]
fn another_place_is_asked_without_its_address_in_the_config() {
    let keys = [OPENAI, ("OPENAI_BASE_URL", "http://x/v1")];
    for (model, id) in [("qwen/coder", "qwen/coder"), ("openai/qwen", "qwen")] {
        let config = configured(&keys, Some(model));
        assert_eq!(config["model"], format!("compatible/{id}"));
        let provider = &config["provider"]["compatible"];
        assert_eq!(provider["options"]["baseURL"], "{env:OPENAI_BASE_URL}");
        assert_eq!(provider["models"], json!({ id: {} }));
        assert_eq!(provider["env"], json!(["OPENAI_API_KEY"]));
    }
    for (url, told) in [
        ("http://x", "{env:ANTHROPIC_BASE_URL}/v1"),
        ("http://x/", "{env:ANTHROPIC_BASE_URL}v1"),
        ("http://x/v1", "{env:ANTHROPIC_BASE_URL}"),
        ("http://x/v1/", "{env:ANTHROPIC_BASE_URL}"),
    ] {
        let config = configured(&[ANTHROPIC, ("ANTHROPIC_BASE_URL", url)], None);
        assert_eq!(config["provider"]["anthropic"]["options"]["baseURL"], told, "{url}");
    }
}

#[test]
fn goes_on_with_a_session() {
    let environment = config(&[ANTHROPIC]);
    let wanted = Request { session: Some("ses_1"), ..request("do it", &environment) };
    let argv = launch(Agent::Opencode, &wanted).unwrap().argv.join(" ");
    assert!(argv.ends_with("--session ses_1"), "{argv}");
}

#[test]
fn reads_what_it_writes() {
    let pieces = read_all(Agent::Opencode, include_str!("fixtures/opencode.jsonl"));
    assert_eq!(pieces[0], Piece::Session("ses_ddc173146ffeEfqM9gskJLl1St".to_owned()));
    let sessions = pieces.iter().filter(|piece| matches!(piece, Piece::Session(_)));
    assert_eq!(sessions.count(), 1);
    assert_eq!(
        events(&pieces, OutputKind::Message),
        [json!({ "text": "I write it now." }), json!({ "text": "I wrote the file." })]
    );
    assert_eq!(
        events(&pieces, OutputKind::Tool),
        [
            json!({ "tool": "write", "call_id": "call_1", "title": "hello.txt",
                "status": "completed", "output": "Wrote file successfully.",
                "input": { "content": "hi there", "filePath": "/home/sandbox/app/hello.txt" } }),
            json!({ "tool": "bash", "call_id": "call_2", "status": "error",
                "input": { "command": "false" }, "output": "The command failed." }),
        ]
    );
    assert_eq!(
        usage(&pieces),
        json!({ "input_tokens": 145, "output_tokens": 43, "cache_read_tokens": 60,
            "cost_usd": 0.75, "turns": 2 })
    );
    assert_eq!(pieces.last(), Some(&Piece::FinalMessage("I wrote the file.".to_owned())));
}

#[test]
fn reads_its_failure() {
    let pieces = read_all(Agent::Opencode, include_str!("fixtures/opencode_error.jsonl"));
    let told = json!({ "status": "error", "detail": "bad key" });
    assert_eq!(events(&pieces, OutputKind::Status), [told]);
    assert_eq!(pieces.last(), Some(&Piece::Failed("bad key".to_owned())));
}
