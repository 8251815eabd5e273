//! Schemathesis, made to ask for all that the document allows and forbids, finds no answer that the
//! document doesn't describe.

use std::process::Stdio;
use std::time::Duration;

use sandboxd_tests::{Stack, StackOptions};
use tokio::process::Command;

use super::in_repository;

/// How many requests it makes up for an operation.
const EXAMPLES: &str = "12";
/// When it is given up; it takes a minute or two where it has the machine for itself.
const LIMIT: Duration = Duration::from_mins(8);

/// What it may make: enough to get everywhere, not so much that it fills the machine. It asks with wrong
/// tokens as often as it likes: 401 is what it looks for, and 429 is a matter of how fast it is.
const BOUNDS: [(&str, &str); 6] = [
    ("SANDBOXD_AUTH_FAILURES_PER_MINUTE", "0"),
    ("SANDBOXD_QUOTA_SANDBOXES", "8"),
    ("SANDBOXD_QUOTA_RUNNING", "4"),
    ("SANDBOXD_QUOTA_OPERATIONS_PER_MINUTE", "0"),
    ("SANDBOXD_QUOTA_REQUESTS_PER_MINUTE", "0"),
    ("SANDBOXD_MEMORY_LIMIT", "256m"),
];

#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_finds_nothing() {
    let env = BOUNDS.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let stack = Stack::start_with(StackOptions { env, ..StackOptions::default() }).await.unwrap();
    let program = in_repository(".cache/schemathesis/bin/schemathesis");
    assert!(program.exists(), "{}: run this through scripts/test", program.display());
    let folder = tempfile::tempdir().unwrap();
    let url = stack.api_url();
    let run = Command::new(program)
        .arg("--config-file")
        .arg(in_repository("tests/schemathesis/schemathesis.toml"))
        .args(["--no-color", "run", "--max-examples", EXAMPLES, "--url", &url])
        .args(["--header", "Authorization: Bearer alice-token-for-tests"])
        .arg(format!("{url}/openapi.json"))
        .env("SCHEMATHESIS_HOOKS", in_repository("tests/schemathesis/hooks.py"))
        .current_dir(&folder)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let run = tokio::time::timeout(LIMIT, run).await.expect("it ends in time").unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success(), "{}\n{}", said, String::from_utf8_lossy(&run.stderr));
    assert!(said.contains("Test cases"), "it tested nothing:\n{said}");
}
