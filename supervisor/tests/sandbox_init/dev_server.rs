//! The dev server: found, started, kept up, stopped.

use std::fs;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::harness::{Workspace, alive, until};

/// Runs until it is told to end.
const FOREVER: &str = "command: [sleep, '1000']";

fn pid(status: &Value) -> i64 {
    status["pid"].as_i64().unwrap_or_else(|| panic!("no pid in {status}"))
}

fn kill(process: i64) {
    let pid = Pid::from_raw(i32::try_from(process).unwrap()).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
}

#[test]
fn a_killed_dev_server_is_started_again() {
    let init = Workspace::new().template("sandbox.yaml", FOREVER).start();
    let first = init.state("starting");
    assert_eq!(first["command"], json!(["sleep", "1000"]));
    kill(pid(&first));
    let second = init.status_when("the second start", |status| {
        status["restarts"] == 1 && status["state"] == "starting"
    });
    assert_ne!(pid(&first), pid(&second));
    assert_eq!(second["last_exit"], json!({"code": null, "signal": 9}));
    assert!(init.log().contains("killed by signal 9; started again in 200 ms"));
}

#[test]
fn what_a_dead_dev_server_leaves_in_its_group_is_killed() {
    let script = "command: 'sleep 1000 & echo child $! >>pids; wait'";
    let workspace = Workspace::new().template("sandbox.yaml", script);
    let init = workspace.start();
    let pids = workspace.app().join("pids");
    let child: i64 = until("the child", || {
        fs::read_to_string(&pids).ok()?.strip_prefix("child ")?.trim().parse().ok()
    });
    kill(pid(&init.status()));
    until("the child's end", || (!alive(child)).then_some(()));
}

#[test]
fn it_runs_once_its_port_answers() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let init = Workspace::new()
        .template("sandbox.yaml", FOREVER)
        .with("SANDBOXD_PORTS", &format!("{port},9229"))
        .start();
    assert!(init.state("running")["uptime_ms"].is_u64());
}

#[test]
fn its_environment_holds_nothing_of_ours() {
    let workspace = Workspace::new()
        .template("sandbox.yaml", "command: 'env; exec sleep 1000'")
        .with("SANDBOXD_PORTS", "5173")
        .with("A_SECRET", "hidden");
    let init = workspace.start();
    let log = init.log_with("PORT=5173");
    assert!(log.contains("HOST=0.0.0.0\n"), "{log}");
    assert!(log.contains(&format!("HOME={}\n", workspace.home().display())), "{log}");
    assert!(!log.contains("SANDBOXD_") && !log.contains("A_SECRET"), "{log}");
}

#[test]
fn locked_dependencies_are_installed_first() {
    let init = Workspace::new()
        .template("package.json", r#"{"scripts":{"dev":"x"}}"#)
        .template("package-lock.json", "{}")
        .program("npm", "echo npm $*; [ $1 = run ] && exec sleep 1000; mkdir node_modules")
        .start();
    let log = init.log_with("npm run dev\n");
    let install = log.find("npm install").expect("an installation");
    assert!(install < log.find("npm run dev").unwrap(), "{log}");
    assert_eq!(init.state("starting")["restarts"], 0);
}

#[test]
fn the_templates_default_is_used_and_a_fork_remembers_it() {
    let workspace = Workspace::new().template("../t.yaml", FOREVER);
    workspace.start().state("starting");
    let elsewhere = workspace.with("SANDBOXD_TEMPLATE", "other");
    elsewhere.start().state("starting");
}

#[test]
fn an_app_is_started_as_soon_as_it_says_how() {
    let workspace = Workspace::new();
    let init = workspace.start();
    init.state("none");
    let yaml = workspace.app().join("sandbox.yaml");
    fs::write(&yaml, "port: 3\n").unwrap();
    let status = init.state("failed");
    assert!(status["error"].as_str().unwrap().contains("line 1"), "{status}");
    fs::write(&yaml, FOREVER).unwrap();
    assert_eq!(init.state("starting")["error"], Value::Null);
}

#[test]
fn restart_starts_another_process() {
    let init = Workspace::new().template("sandbox.yaml", FOREVER).start();
    let first = init.state("starting");
    assert_eq!(init.ask(&json!({"v": 1, "op": "restart"}))["ok"], true);
    let second = init.status_when("another process", |status| {
        status["pid"].is_i64() && status["pid"] != first["pid"]
    });
    assert_eq!(second["last_exit"]["signal"], 15);
    assert!(!alive(pid(&first)));
}

#[test]
fn sigterm_ends_it_all_fast_and_with_success() {
    let mut init = Workspace::new().template("sandbox.yaml", FOREVER).start();
    let server = pid(&init.state("starting"));
    let before = Instant::now();
    assert_eq!(init.terminate().code(), Some(0));
    assert!(before.elapsed() < Duration::from_secs(1), "{:?}", before.elapsed());
    assert!(!alive(server));
}

#[test]
fn a_dev_server_that_ignores_sigterm_is_killed() {
    let script = "command: \"trap '' TERM; echo ready; while :; do sleep 1; done\"";
    let mut init = Workspace::new().template("sandbox.yaml", script).start();
    init.log_with("ready\n");
    let server = pid(&init.status());
    let before = Instant::now();
    assert_eq!(init.terminate().code(), Some(0));
    assert!(before.elapsed() >= Duration::from_secs(3), "it is given its time");
    until("its end", || (!alive(server)).then_some(()));
}

#[test]
fn orphans_are_reaped() {
    let script = "command: 'for i in 1 2 3; do (setsid true &) ; done; echo ready; sleep 1000'";
    let init = Workspace::new().template("sandbox.yaml", script).start();
    init.log_with("ready\n");
    let server = pid(&init.status());
    until("only the dev server to be left", || {
        let children = init.children();
        (children.len() == 1 && i64::from(children[0]) == server).then_some(())
    });
}
