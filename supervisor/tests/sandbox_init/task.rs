//! Tasks: started once, followed from anywhere.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::caller::running;
use crate::harness::{Workspace, alive, until};
use crate::tasks::{Tasks, error, exited, started};

#[test]
fn output_and_result_come_to_a_follower() {
    let (workspace, init) = running();
    let tasks = Tasks(&init);
    let rest = tasks.run("t", "pwd; echo wrong >&2; cat; exit 3");
    let text = format!("{}\nwrong\n", workspace.app().display());
    assert_eq!(rest.text(), text, "output and errors in their order, and no input");
    assert_eq!(rest.end, exited(3, text.len()));
    let status = tasks.status("t");
    assert_eq!((&status["state"], &status["result"]), (&json!("ended"), &rest.end));
    let killed = tasks.run("k", "kill -9 $$").end;
    assert_eq!((&killed["code"], &killed["signal"]), (&Value::Null, &json!(9)));
}

#[test]
fn it_runs_where_and_with_what_it_is_told() {
    let (workspace, init) = running();
    fs::create_dir(workspace.app().join("sub")).unwrap();
    let tasks = Tasks(&init);
    let answer = tasks.ask_start_with(json!({
        "id": "t", "argv": ["sh", "-c", "pwd; echo $HOME $PORT $KEY; ps -o sid= -p $$"],
        "cwd": "sub", "env": {"KEY": "value", "PORT": "7"},
    }));
    let pid = started(&answer);
    let text = tasks.rest("t").text();
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    let home = workspace.home();
    assert_eq!(lines[0], workspace.app().join("sub").to_str().unwrap());
    assert_eq!(lines[1], format!("{} 7 value", home.display()));
    assert_eq!(lines[2], pid.to_string(), "a session of its own");
    assert!(
        !fs::read_to_string(workspace.run().join("tasks/t/begun.json")).unwrap().contains("value")
    );
}

#[test]
fn a_long_prompt_is_taken_and_too_long_a_one_is_not() {
    let (_workspace, init) = running();
    let tasks = Tasks(&init);
    let argv = |size: usize, count: usize| {
        let mut argv = vec!["printf".to_owned(), "%s".to_owned()];
        argv.extend(vec!["p".repeat(size); count]);
        argv
    };
    let start = |id, argv: Vec<String>| {
        tasks.ask_start_with(json!({"id": id, "argv": argv, "env": {"E": "e".repeat(130_000)}}))
    };
    started(&start("long", argv(130_000, 8)));
    assert_eq!(tasks.rest("long").output.len(), 8 * 130_000);
    assert_eq!(error(&start("one", argv(131_071, 1))), "invalid_request");
    assert_eq!(error(&start("all", argv(130_000, 9))), "invalid_request");
    for id in ["one", "all"] {
        assert_eq!(tasks.status(id)["state"], "unknown");
    }
}

#[test]
fn what_is_out_of_bounds_is_refused_and_starts_nothing() {
    let (workspace, init) = running();
    let tasks = Tasks(&init);
    let argv = json!(["touch", "started"]);
    for wrong in [
        json!({"id": "a/b", "argv": argv}),
        json!({"id": "", "argv": argv}),
        json!({"id": "x".repeat(65), "argv": argv}),
        json!({"id": "t", "argv": []}),
        json!({"id": "t", "argv": argv, "timeout_ms": 0}),
        json!({"id": "t", "argv": argv, "timeout_ms": 172_800_001_u64}),
        json!({"id": "t", "argv": argv, "output_limit": 65_535}),
        json!({"id": "t", "argv": argv, "output_limit": 67_108_865}),
        json!({"id": "t", "argv": argv, "env": {"A=": "x"}}),
        json!({"id": "t", "argv": argv, "pty": {"cols": 1, "rows": 1}}),
    ] {
        assert_eq!(error(&tasks.ask_start_with(wrong.clone())), "invalid_request", "{wrong}");
    }
    let elsewhere = json!({"id": "t", "argv": argv, "cwd": "../outside"});
    assert_eq!(error(&tasks.ask_start_with(elsewhere)), "outside");
    assert_eq!(tasks.status("t")["state"], "unknown");
    assert!(!workspace.app().join("started").exists());
}

#[test]
fn what_can_not_be_started_never_was() {
    let (_workspace, init) = running();
    let tasks = Tasks(&init);
    let missing = tasks.ask_start_with(json!({"id": "t", "argv": ["no-such-agent"]}));
    assert_eq!(error(&missing), "not_found");
    assert_eq!(tasks.status("t")["state"], "unknown");
    assert_eq!(tasks.run("t", "echo now").text(), "now\n", "its id isn't used up");
}

#[test]
fn an_id_is_started_once() {
    let (workspace, init) = running();
    let tasks = Tasks(&init);
    let script = "echo run >> runs; while [ ! -e go ]; do sleep 0.01; done";
    let pid = tasks.start("t", script);
    let again = tasks.ask_start("t", script);
    assert_eq!(
        (&again["started"], &again["state"], &again["pid"]),
        (&json!(false), &json!("running"), &json!(pid))
    );
    let other = tasks.ask_start("other", "echo run >> runs");
    assert_eq!(error(&other), "task_running");
    assert!(other["error"]["message"].as_str().unwrap().contains("task t "), "{other}");
    fs::write(workspace.app().join("go"), "").unwrap();
    let end = tasks.rest("t").end;
    let again = tasks.ask_start("t", script);
    assert_eq!(
        (&again["started"], &again["state"], &again["result"]),
        (&json!(false), &json!("ended"), &end)
    );
    assert_eq!(fs::read_to_string(workspace.app().join("runs")).unwrap(), "run\n");
    tasks.run("other", "echo after");
}

#[test]
fn callers_at_the_same_time_start_it_once() {
    let (workspace, init) = running();
    let start = || Tasks(&init).ask_start("t", "echo run >> runs")["started"] == true;
    let started: usize = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
        callers.into_iter().map(|caller| usize::from(caller.join().unwrap())).sum()
    });
    assert_eq!(started, 1);
    Tasks(&init).ended("t");
    assert_eq!(fs::read_to_string(workspace.app().join("runs")).unwrap(), "run\n");
}

#[test]
fn a_supervisor_that_was_killed_leaves_it_lost_and_never_starts_it_again() {
    let (workspace, mut init) = running();
    let tasks = Tasks(&init);
    tasks.run("done", "echo done");
    tasks.start("t", "echo run | tee -a runs; sleep 1000");
    tasks.follow("t", 0).output_with("run\n");
    init.kill();
    let init = workspace.start();
    let tasks = Tasks(&init);
    let lost = json!({
        "code": null, "signal": null, "cause": "lost", "output_bytes": 4, "dropped_bytes": 0,
    });
    let path = workspace.run().join("tasks/t/result.json");
    let written = until("its result", || fs::read(&path).ok());
    assert_eq!(serde_json::from_slice::<Value>(&written).unwrap(), lost, "nobody had to ask");
    let again = tasks.ask_start("t", "echo run >> runs");
    assert_eq!(
        (&again["started"], &again["state"], &again["result"]),
        (&json!(false), &json!("lost"), &lost)
    );
    let (answer, mut connection) = tasks.ask_follow("t", 1);
    assert_eq!(answer["state"], "lost");
    let rest = connection.rest();
    assert_eq!((rest.text().as_str(), &rest.end), ("un\n", &lost), "what it printed is there");
    assert_eq!(fs::read_to_string(workspace.app().join("runs")).unwrap(), "run\n");
    assert_eq!(tasks.ask_start("done", "echo run >> runs")["result"], exited(0, 5));
    assert_eq!(tasks.run("next", "echo next").text(), "next\n");
    assert_eq!(tasks.cancel("t")["ok"], true);
}

#[test]
fn it_is_followed_from_every_offset() {
    let (_workspace, init) = running();
    let tasks = Tasks(&init);
    let whole = tasks.run("t", "seq 1 30000").output;
    assert_eq!(whole.len(), 168_894);
    for offset in [0, 1, 65_535, 65_536, 65_537, whole.len() - 1, whole.len()] {
        let rest = tasks.follow("t", offset as u64).rest();
        assert_eq!(rest.output, whole[offset..], "from {offset}");
        assert_eq!(rest.end, exited(0, whole.len()));
    }
    let (beyond, _) = tasks.ask_follow("t", whole.len() as u64 + 1);
    assert_eq!(error(&beyond), "invalid_request");
    assert_eq!(error(&tasks.ask_follow("other", 0).0), "not_found");
}

#[test]
fn callers_who_come_and_go_miss_nothing_and_get_nothing_twice() {
    let (_workspace, init) = running();
    let tasks = Tasks(&init);
    let script = "n=0; while [ $n -lt 20000 ]; do n=$((n+1)); echo line $n; \
                  [ $((n%400)) -gt 0 ] || sleep 0.01; done";
    tasks.start("t", script);
    // One that was there all the time, and many that took turns.
    let mut steady = tasks.follow("t", 0);
    let mut seen = Vec::new();
    let end = 'all: loop {
        let mut connection = tasks.follow("t", seen.len() as u64);
        for _ in 0..3 {
            match connection.frame().unwrap() {
                (1, bytes) => seen.extend(bytes),
                (_, end) => break 'all end,
            }
        }
    };
    let whole: String = (1..=20_000).map(|n| format!("line {n}\n")).collect();
    assert!(seen == whole.as_bytes(), "{} bytes of {}", seen.len(), whole.len());
    let rest = steady.rest();
    assert!(rest.output == whole.as_bytes());
    assert_eq!(serde_json::from_slice::<Value>(&end).unwrap(), rest.end);
}

#[test]
fn a_follower_who_goes_gives_its_place_back_and_the_task_goes_on() {
    let (_workspace, init) = running();
    let tasks = Tasks(&init);
    let pid = tasks.start("t", "sleep 1000");
    let followers: Vec<_> = (0..32).map(|_| tasks.follow("t", 0)).collect();
    assert_eq!(error(&tasks.ask_follow("t", 0).0), "busy");
    drop(followers);
    until("a free place", || (tasks.ask_follow("t", 0).0["ok"] == true).then_some(()));
    assert!(alive(pid));
}

#[test]
fn one_who_does_not_read_holds_up_neither_the_task_nor_others() {
    let (workspace, init) = running();
    let tasks = Tasks(&init);
    tasks.start("t", "while [ ! -e go ]; do sleep 0.01; done; head -c 5000000 /dev/zero");
    let mut idle = tasks.follow("t", 0);
    fs::write(workspace.app().join("go"), "").unwrap();
    assert_eq!(tasks.rest("t").output.len(), 5_000_000);
    assert_eq!(idle.rest().output.len(), 5_000_000, "and it gets all once it does");
}

#[test]
fn the_task_goes_on_when_its_caller_hangs_up() {
    let (workspace, init) = running();
    let before = Instant::now();
    drop({
        let mut connection = init.connect();
        let request = json!({
            "v": 1, "op": "task.start", "id": "t", "timeout_ms": 60_000,
            "argv": ["sh", "-c", "sleep 0.2; echo survived > proof"],
        });
        connection.ask(&request.to_string())
    });
    assert_eq!(Tasks(&init).ended("t")["code"], 0);
    assert_eq!(fs::read_to_string(workspace.app().join("proof")).unwrap(), "survived\n");
    assert!(before.elapsed() < Duration::from_secs(10));
}

#[test]
fn only_the_last_twenty_folders_are_kept_and_memory_knows_more() {
    let workspace = Workspace::new().unprivileged();
    let init = workspace.start();
    init.state("none");
    let tasks = Tasks(&init);
    for n in 0..25 {
        tasks.run(&format!("t{n}"), "echo x");
    }
    let folder = workspace.run().join("tasks");
    let names = || fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
    until("20 folders", || (names().count() == 20).then_some(()));
    assert!(folder.join("t24").exists() && folder.join("t5").exists());
    assert_eq!(tasks.status("t0")["result"], exited(0, 2));
    assert_eq!(tasks.ask_start("t0", "echo again")["started"], false);
    assert_eq!(error(&tasks.ask_follow("t0", 0).0), "not_found");
}
