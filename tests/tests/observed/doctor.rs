//! `admin doctor` on a whole installation.

use std::process::Command;

use sandboxd_tests::{EngineSwitch, Settings, Stack, StackOptions};
use serde_json::Value;

use super::{LIMIT, create};

/// How it ended, and what it found that isn't as it should be, as `check: message`.
fn doctor(stack: &Stack) -> (Option<i32>, Vec<String>) {
    let mut command = Command::new(stack.settings.bins.join("sandboxd-api"));
    command.arg("admin").arg("--data-dir").arg(&stack.data).args(["doctor", "--json"]);
    let done = command.output().unwrap();
    let found: Value = serde_json::from_slice(&done.stdout).unwrap_or_else(|_| {
        panic!("{}", String::from_utf8_lossy(&done.stderr));
    });
    let findings = found["findings"].as_array().unwrap().iter();
    let wrong = findings
        .filter(|finding| finding["severity"] != "ok")
        .map(|finding| {
            let text = |key: &str| finding[key].as_str().unwrap();
            format!("{}: {}", text("check"), text("message"))
        })
        .collect();
    (done.status.code(), wrong)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_installation_is_found_so_and_a_broken_one_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut switch =
        EngineSwitch::new(&Settings::get().docker, folder.path().join("docker.sock")).unwrap();
    let engine = Some(switch.socket.clone());
    let stack =
        Stack::start_with(StackOptions { engine, ..StackOptions::default() }).await.unwrap();
    create(&stack).await;
    let (code, mut wrong) = doctor(&stack);
    // The disk of whoever runs this may be nearly full.
    wrong.retain(|finding| !finding.starts_with("disk: "));
    assert_eq!((code, wrong), (Some(0), Vec::new()));

    switch.turn_off().await;
    let (code, wrong) = doctor(&stack);
    assert_eq!(code, Some(1));
    assert!(
        wrong.iter().any(|finding| finding.starts_with("engine: it doesn't answer")),
        "{wrong:?}"
    );
    switch.turn_on().unwrap();
    stack.ready().await.unwrap();
    stack
        .until("it is whole again", LIMIT, async |stack| Ok(doctor(stack).0 == Some(0)))
        .await
        .unwrap();
}
