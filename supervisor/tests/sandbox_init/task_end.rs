//! How tasks end: by wish, by time, with the sandbox; and what they leave.

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::caller::running;
use crate::harness::{alive, until};
use crate::tasks::{Tasks, error, exited, started};

#[test]
fn a_cancelled_one_ends_with_all_of_its_group() {
    let (_workspace, init) = running();
    let tasks = Tasks(&init);
    let pid = tasks.start("t", "sleep 1000 & echo $! ready; wait");
    let mut follower = tasks.follow("t", 0);
    let text = follower.output_with("ready\n");
    let child: i64 = text.split(' ').next().unwrap().parse().unwrap();
    assert_eq!(tasks.cancel("t"), json!({"v": 1, "ok": true}));
    tasks.cancel("t");
    let end = follower.rest().end;
    assert_eq!((&end["cause"], &end["signal"]), (&json!("cancelled"), &json!(15)));
    assert!(!alive(pid) && !alive(child));
    assert_eq!(tasks.cancel("t")["ok"], true, "one that has ended may be cancelled");
    assert_eq!(tasks.status("t")["result"], end, "which changes nothing");
    assert_eq!(error(&tasks.cancel("other")), "not_found");
    let other = json!({"v": 1, "op": "task.cancel", "id": "t", "reason": "lost"});
    assert_eq!(error(&init.ask(&other)), "invalid_request");
}

#[test]
fn one_that_ignores_the_wish_is_killed_after_five_seconds() {
    let (_workspace, init) = running();
    let tasks = Tasks(&init);
    tasks.start("t", "trap 'echo no' TERM; echo ready; while :; do sleep 0.05; done");
    let mut follower = tasks.follow("t", 0);
    follower.output_with("ready\n");
    let before = Instant::now();
    tasks.cancel("t");
    let rest = follower.rest();
    let took = before.elapsed();
    assert_eq!(rest.text().matches("no\n").count(), 1, "it is told once");
    assert_eq!((&rest.end["cause"], &rest.end["signal"]), (&json!("cancelled"), &json!(9)));
    assert!(took >= Duration::from_secs(5) && took < Duration::from_secs(8), "{took:?}");
}

#[test]
fn its_time_runs_out_with_nobody_there() {
    let (_workspace, init) = running();
    let tasks = Tasks(&init);
    let pid = started(&tasks.ask_start_with(
        json!({"id": "t", "argv": ["sh", "-c", "echo begun; sleep 1000"], "timeout_ms": 300}),
    ));
    let expected = json!({
        "code": null, "signal": 15, "cause": "timeout", "output_bytes": 6, "dropped_bytes": 0,
    });
    assert_eq!(tasks.ended("t"), expected);
    assert!(!alive(pid));
}

#[test]
fn a_sandbox_that_was_frozen_has_lost_no_time() {
    let (_workspace, init) = running();
    let tasks = Tasks(&init);
    let argv = ["sh", "-c", "echo ready; sleep 0.5; echo done"];
    tasks.ask_start_with(json!({"id": "t", "argv": argv, "timeout_ms": 3500}));
    let mut follower = tasks.follow("t", 0);
    follower.output_with("ready\n");
    let supervisor = Pid::from_raw(i32::try_from(init.pid()).unwrap()).unwrap();
    let frozen = Instant::now();
    kill_process(supervisor, Signal::STOP).unwrap();
    until("five seconds", || (frozen.elapsed() > Duration::from_secs(5)).then_some(()));
    kill_process(supervisor, Signal::CONT).unwrap();
    assert_eq!(follower.rest().end, exited(0, 11));
}

#[test]
fn one_outside_of_its_group_that_holds_its_output_is_not_waited_for() {
    let (_workspace, init) = running();
    let tasks = Tasks(&init);
    let before = Instant::now();
    let rest = tasks.run("t", "setsid sleep 1000 & echo $!; exit 4");
    let took = before.elapsed();
    assert_eq!(rest.end, exited(4, rest.output.len()));
    assert!(took >= Duration::from_secs(2) && took < Duration::from_secs(6), "{took:?}");
    let child: i64 = rest.text().trim().parse().unwrap();
    assert!(alive(child), "it is out of reach");
    tasks.run("kill", &format!("kill {child}"));
}

#[test]
fn what_is_printed_up_to_the_end_is_kept_whoever_floods_the_pipe() {
    let (_workspace, init) = running();
    let tasks = Tasks(&init);
    let rest = tasks.run("t", "(while :; do echo flood; done) & sleep 0.2; echo mine; exit 0");
    assert!(rest.text().contains("mine\n"));
    assert_eq!((&rest.end["code"], &rest.end["cause"]), (&json!(0), &json!("exited")));
}

#[test]
fn its_leftovers_are_gone_when_the_result_is_there() {
    let (_workspace, init) = running();
    let tasks = Tasks(&init);
    let rest = tasks.run("t", "sleep 1000 >/dev/null 2>&1 & echo $!");
    assert!(!alive(rest.text().trim().parse().unwrap()));
    let stubborn = "(trap '' TERM; : > ready; while :; do sleep 0.05; done) >/dev/null 2>&1 & \
                    echo $!; while [ ! -e ready ]; do sleep 0.01; done";
    let before = Instant::now();
    let rest = tasks.run("s", stubborn);
    let took = before.elapsed();
    assert_eq!(rest.end, exited(0, rest.output.len()), "that they had to be killed is no matter");
    assert!(!alive(rest.text().trim().parse().unwrap()));
    assert!(took >= Duration::from_secs(5) && took < Duration::from_secs(8), "{took:?}");
}

#[test]
fn a_sandbox_that_is_stopped_writes_its_result_in_time() {
    for (script, signal) in [
        ("echo ready; exec sleep 1000", 15),
        ("trap '' TERM; echo ready; while :; do sleep 0.05; done", 9),
    ] {
        let (workspace, mut init) = running();
        Tasks(&init).start("t", script);
        Tasks(&init).follow("t", 0).output_with("ready\n");
        let before = Instant::now();
        assert_eq!(init.terminate().code(), Some(0));
        let took = before.elapsed();
        assert!(took < Duration::from_secs(5), "the engine waits for no more than that: {took:?}");
        let init = workspace.start();
        let status = Tasks(&init).status("t");
        let expected = json!({
            "code": null, "signal": signal, "cause": "stopped", "output_bytes": 6, "dropped_bytes": 0,
        });
        assert_eq!((&status["state"], &status["result"]), (&json!("ended"), &expected));
    }
}

#[test]
fn a_restart_of_the_dev_server_is_nothing_to_a_task() {
    let (workspace, init) = running();
    fs::write(workspace.app().join("sandbox.yaml"), "command: 'sleep 1000'").unwrap();
    init.state("starting");
    let tasks = Tasks(&init);
    let pid = tasks.start("t", "while [ ! -e go ]; do sleep 0.01; done");
    init.ask(&json!({"v": 1, "op": "restart"}));
    init.status_when("a restart", |status| status["restarts"] == 1);
    assert_eq!(tasks.status("t")["pid"], Value::from(pid));
    fs::write(workspace.app().join("go"), "").unwrap();
    assert_eq!(tasks.ended("t"), exited(0, 0));
}
