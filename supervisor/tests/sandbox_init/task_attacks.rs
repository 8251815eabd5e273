//! Processes of the sandbox put things where the supervisor keeps its tasks.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use serde_json::json;

use crate::caller::running;
use crate::harness::{Workspace, until};
use crate::tasks::{Tasks, error, exited};

fn fifo(path: &Path) {
    mknodat(CWD, path, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
}

fn folder(workspace: &Workspace, name: &str) -> PathBuf {
    let folder = workspace.run().join("tasks").join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// A line of a script that waits for a file.
fn wait_for(file: &Path) -> String {
    format!("until [ -e {} ]; do sleep 0.01; done", file.display())
}

#[test]
fn what_was_planted_before_the_start_is_neither_followed_nor_waited_for() {
    let workspace = Workspace::new().unprivileged();
    let outside = workspace.home().join("outside");
    fs::create_dir_all(outside.join("sub")).unwrap();
    fs::write(outside.join("begun.json"), "{}").unwrap();
    fifo(&folder(&workspace, "fifo").join("begun.json"));
    let huge = folder(&workspace, "huge");
    File::create(huge.join("begun.json")).unwrap().set_len(1 << 40).unwrap();
    File::create(huge.join("result.json")).unwrap().set_len(1 << 40).unwrap();
    File::create(huge.join("output")).unwrap().set_len(1 << 40).unwrap();
    let links = folder(&workspace, "links");
    symlink(outside.join("begun.json"), links.join("result.json")).unwrap();
    symlink("nowhere", links.join("begun.json")).unwrap();
    fifo(&links.join("output"));
    let result = folder(&workspace, "result");
    fs::write(result.join("begun.json"), "").unwrap();
    fs::create_dir_all(result.join("result.json/full")).unwrap();
    folder(&workspace, "empty/folder");
    symlink(&outside, workspace.run().join("tasks/link")).unwrap();
    fifo(&workspace.run().join("tasks/named"));
    fifo(&workspace.run().join("tasks/not an id"));
    folder(&workspace, &format!("deep.gone/{}", "d/".repeat(1000)));
    workspace.give_all(&workspace.run());
    workspace.give_all(&workspace.home());

    let init = workspace.start();
    init.state("none");
    let tasks = Tasks(&init);
    for begun in ["fifo", "huge", "links", "result"] {
        let status = tasks.status(begun);
        assert_eq!(status["state"], "lost", "{begun}: {status}");
        assert_eq!(tasks.ask_start(begun, "echo again")["started"], false, "{begun}");
    }
    assert!(tasks.status("huge")["output_bytes"].as_u64().unwrap() <= (64 << 20) + 65_536 + 128);
    assert_eq!(tasks.follow("links", 0).rest().end["cause"], "lost");
    for free in ["empty", "link", "named"] {
        assert_eq!(tasks.status(free)["state"], "unknown", "{free}");
        assert_eq!(tasks.run(free, "echo ran").text(), "ran\n", "{free}");
    }
    let names = || {
        let entries = fs::read_dir(workspace.run().join("tasks")).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let kept = ["empty", "fifo", "huge", "link", "links", "named", "result"];
    until("the rest to go", || (names() == kept).then_some(()));
    assert_eq!(fs::read(outside.join("begun.json")).unwrap(), b"{}");
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 2, "nothing came, nothing went");
}

#[test]
fn a_link_in_place_of_all_tasks_is_not_followed() {
    let workspace = Workspace::new().unprivileged();
    let outside = workspace.home().join("outside");
    fs::create_dir_all(outside.join("t")).unwrap();
    symlink(&outside, workspace.run().join("tasks")).unwrap();
    workspace.give_all(&workspace.run());
    let init = workspace.start();
    init.state("none");
    assert_eq!(Tasks(&init).run("t", "echo ran").text(), "ran\n");
    assert_eq!(fs::read_dir(outside.join("t")).unwrap().count(), 0);
}

#[test]
fn a_task_that_changes_its_own_folder_changes_nothing_that_is_told() {
    let (workspace, init) = running();
    let tasks = Tasks(&init);
    let own = workspace.run().join("tasks/t");
    let forged = json!({
        "code": 0, "signal": null, "cause": "exited", "output_bytes": 1, "dropped_bytes": 0,
    });
    let word = workspace.home().join("go");
    let script = format!(
        "cd {own}; echo first; {go}; rm -f begun.json result.reserved; mkdir -p result.json/x; \
         : > output; echo second; sleep 0.2; mv output moved; mkfifo output; echo third; \
         rm -rf result.json; printf '%s' '{forged}' > result.json; exit 6",
        own = own.display(),
        go = wait_for(&word)
    );
    tasks.start("t", &script);
    let mut follower = tasks.follow("t", 0);
    fs::write(word, "").unwrap();
    let rest = follower.rest();
    assert_eq!(rest.end, exited(6, 19));
    assert_eq!(rest.output[6..], *b"second\nthird\n", "offsets stay what they are");
    assert_eq!(tasks.status("t")["result"], rest.end);
    fs::write(own.join("result.json"), forged.to_string()).unwrap();
    assert_eq!(tasks.status("t")["result"], rest.end, "memory wins");
    assert_eq!(error(&tasks.ask_follow("t", 0).0), "not_found", "the FIFO isn't waited for");
    fs::remove_dir_all(&own).unwrap();
    assert_eq!(tasks.ask_start("t", "echo again")["result"], rest.end);
}

#[test]
fn a_task_that_removes_everything_still_ends() {
    let (workspace, init) = running();
    let tasks = Tasks(&init);
    let (all, word) = (workspace.run().join("tasks"), workspace.home().join("go"));
    let go = wait_for(&word);
    tasks.start("t", &format!("echo one; {go}; rm -rf {}; echo two", all.display()));
    let mut follower = tasks.follow("t", 0);
    fs::write(word, "").unwrap();
    let rest = follower.rest();
    assert_eq!((rest.text().as_str(), &rest.end), ("one\ntwo\n", &exited(0, 8)));
    assert_eq!(tasks.run("next", "echo next").text(), "next\n");
}

#[test]
fn what_is_cut_off_a_finished_output_is_made_up_for() {
    let (workspace, init) = running();
    let tasks = Tasks(&init);
    tasks.run("t", "echo 0123456789");
    let output = workspace.run().join("tasks/t/output");
    File::options().write(true).open(output).unwrap().set_len(4).unwrap();
    let rest = tasks.rest("t");
    assert_eq!(rest.output, b"0123\0\0\0\0\0\0\0");
}
