//! What the dev server is given beside its own variables, and who else sees it.

use std::fs;

use serde_json::{Value, json};

use crate::harness::{Init, Workspace, until};

const SHOW: &str = "command: 'echo started with [$GIVEN] [$PORT]; exec sleep 1000'";

fn give(init: &Init, values: &Value) -> Value {
    init.ask(&json!({"v": 1, "op": "environment", "values": values}))
}

#[test]
fn another_environment_starts_the_dev_server_anew_and_an_equal_one_does_not() {
    let init = Workspace::new().template("sandbox.yaml", SHOW).start();
    init.log_with("started with [] [3000]");
    let one = json!({"GIVEN": "one", "PORT": "1"});
    assert_eq!(give(&init, &one), json!({"v": 1, "ok": true, "changed": true}));
    init.log_with("started with [one] [3000]");
    let before = init.state("starting")["pid"].clone();
    assert_eq!(give(&init, &one)["changed"], false);
    assert_eq!(init.status()["pid"], before);
    assert_eq!(give(&init, &json!({}))["changed"], true);
    until("a start without", || {
        (init.log().matches("started with [] [3000]").count() == 2).then_some(())
    });
}

#[test]
fn nothing_of_the_apps_is_started_before_the_first_came() {
    let workspace = Workspace::new()
        .template("sandbox.yaml", SHOW)
        .template("package.json", "{}")
        .template("package-lock.json", "{}")
        .program("npm", "echo installed with $GIVEN; mkdir node_modules")
        .with("SANDBOXD_AWAIT_ENVIRONMENT", "1");
    let init = workspace.start();
    assert_eq!(init.state("awaiting")["seeded"], true);
    assert_eq!(init.log(), "");
    assert_eq!(give(&init, &json!({"GIVEN": "it"}))["changed"], true);
    let log = init.log_with("started with [it]");
    assert!(log.contains("installed with it\n"), "{log}");
}

#[test]
fn an_empty_first_one_is_enough() {
    let init = Workspace::new()
        .template("sandbox.yaml", SHOW)
        .with("SANDBOXD_AWAIT_ENVIRONMENT", "1")
        .start();
    init.state("awaiting");
    assert_eq!(give(&init, &json!({}))["changed"], false);
    init.log_with("started with []");
}

#[test]
fn it_can_be_long() {
    let init = Workspace::new().template("sandbox.yaml", SHOW).start();
    init.log_with("started with []");
    let values: serde_json::Map<_, _> =
        (0..14).map(|n| (format!("V{n}"), "x".repeat(64 * 1024).into())).collect();
    assert_eq!(give(&init, &values.into())["changed"], true);
    let environ = until("the new process", || {
        // The one of before is shown until the loop comes to the change.
        let pid = init.status()["pid"].clone();
        let environ = fs::read_to_string(format!("/proc/{pid}/environ")).ok()?;
        (environ.len() > 14 * 64 * 1024).then_some(environ)
    });
    assert!(environ.contains("V13=xxx"));
}

#[test]
fn it_is_told_to_nobody() {
    const SECRET: &str = "t0p-s3cr3t";
    let workspace = Workspace::new().template("sandbox.yaml", "command: [sleep, '1000']");
    let init = workspace.start();
    init.state("starting");
    give(&init, &json!({"KEY_NAME": SECRET}));
    let status = init.status_when("the second start", |status| status["restarts"] == 1);
    let (_, mut exec) = init.stream(&json!({"v": 1, "op": "exec", "argv": ["env"]}));
    let mut said = vec![status.to_string(), init.log(), exec.rest().text()];
    for wrong in [
        json!({"v": 1, "op": "environment", "values": SECRET}),
        json!({"v": 1, "op": "environment", "values": [SECRET]}),
        json!({"v": 1, "op": "environment", "values": {"KEY_NAME": [SECRET]}}),
        json!({"v": 1, "op": "environment", "values": {"KEY_NAME": format!("{SECRET}\0")}}),
        json!({"v": 1, "op": "environment", "values": {"": SECRET}}),
        json!({"v": 1, "op": "environment", "values": {"KEY_NAME=": SECRET}}),
        json!({"v": 1, "op": "environment", "values": {}, "KEY_NAME": SECRET}),
        json!({"v": 1, "op": "environment", "values": {"KEY_NAME": SECRET.repeat(20_000)}}),
    ] {
        let answer = init.ask(&wrong);
        assert_eq!(answer["error"]["code"], "invalid_request", "{wrong}");
        said.push(answer.to_string());
    }
    for text in said {
        assert!(!text.contains(SECRET) && !text.contains("KEY_NAME"), "{text}");
    }
    for place in [workspace.home(), workspace.run()] {
        let found = std::process::Command::new("grep").args(["-r", SECRET]).arg(place).output();
        assert_eq!(found.unwrap().stdout, b"", "on the disk");
    }
}

#[test]
fn its_own_user_cannot_look_into_the_supervisor() {
    let workspace = Workspace::new().unprivileged();
    let init = workspace.start();
    let script = "cat /proc/$PPID/environ >/dev/null && echo readable; exit 0";
    let request = json!({"v": 1, "op": "exec", "argv": ["sh", "-c", script]});
    init.state("none");
    let (answer, mut exec) = init.stream(&request);
    assert_eq!(answer["ok"], true, "{answer}");
    let rest = exec.rest();
    // Whoever runs the tests as an ordinary user or as root: the supervisor is neither's to read.
    assert_eq!(rest.text(), "");
    assert!(String::from_utf8_lossy(&rest.errors).contains("Permission denied"));
}
