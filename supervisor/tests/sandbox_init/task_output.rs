//! A task's output: bounded, whatever it is, and nothing of it waits for us.

use std::fs;
use std::time::Instant;

use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};
use serde_json::{Value, json};

use crate::caller::running;
use crate::harness::{Init, Rest, Workspace};
use crate::tasks::{Tasks, error, started};

const MIB: u64 = 1024 * 1024;

fn run_with_limit(init: &Init, script: &str, limit: u64) -> Rest {
    let tasks = Tasks(init);
    started(
        &tasks.ask_start_with(
            json!({"id": "t", "argv": ["sh", "-c", script], "output_limit": limit}),
        ),
    );
    tasks.rest("t")
}

fn dropped(rest: &Rest) -> u64 {
    rest.end["dropped_bytes"].as_u64().unwrap()
}

/// What stands before and behind the note of what was left out.
fn around_note(rest: &Rest) -> (&[u8], &[u8]) {
    let note = format!("\n[sandboxd: {} bytes of output left out]\n", dropped(rest));
    let at = rest.output.windows(note.len()).position(|bytes| bytes == note.as_bytes());
    let at = at.unwrap_or_else(|| panic!("no {note:?}"));
    (&rest.output[..at], &rest.output[at + note.len()..])
}

/// The most memory it ever had, KiB.
fn memory(init: &Init) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", init.pid())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn of_much_output_start_and_end_are_kept_and_little_memory_is_taken() {
    let (workspace, init) = running();
    let before = memory(&init);
    let script = "yes 'one line of many' | head -c 200000000; echo; echo the end";
    let rest = run_with_limit(&init, script, MIB);
    let (head, tail) = around_note(&rest);
    assert_eq!(head.len() as u64, MIB);
    assert!(head.starts_with(b"one line of many\none line"));
    assert!(tail.starts_with(b"one line of many\n") && tail.ends_with(b"\nthe end\n"));
    assert!((60_000..=65_536).contains(&tail.len()), "{}", tail.len());
    assert_eq!(head.len() as u64 + dropped(&rest) + tail.len() as u64, 200_000_009);
    let file = workspace.run().join("tasks/t/output");
    assert_eq!(fs::read(file).unwrap(), rest.output, "the file is no larger");
    let grown = memory(&init) - before;
    assert!(grown < 6 * 1024, "{grown} KiB");
}

#[test]
fn a_line_of_fifty_megabytes_is_nothing_special() {
    let (_workspace, init) = running();
    let before = memory(&init);
    let rest = run_with_limit(&init, "head -c 52428800 /dev/zero | tr '\\0' x", MIB);
    let (head, tail) = around_note(&rest);
    assert_eq!((head.len() as u64, tail.len()), (MIB, 65_536));
    assert!(head.iter().chain(tail).all(|byte| *byte == b'x'));
    assert_eq!(dropped(&rest), 52_428_800 - MIB - 65_536);
    let grown = memory(&init) - before;
    assert!(grown < 6 * 1024, "{grown} KiB");
}

#[test]
fn a_million_tiny_lines_arrive_as_they_are() {
    let (_workspace, init) = running();
    // A write for each: that is what makes them tiny for us.
    let script = "n=0; while [ $n -lt 1000000 ]; do n=$((n+1)); echo $n; done";
    let before = Instant::now();
    let rest = run_with_limit(&init, script, 64 * MIB);
    let whole: String = (1..=1_000_000).map(|n| format!("{n}\n")).collect();
    assert!(
        rest.output == whole.as_bytes(),
        "{} bytes in {:?}",
        rest.output.len(),
        before.elapsed()
    );
    assert_eq!(dropped(&rest), 0);
}

#[test]
fn bytes_that_are_no_text_are_left_alone() {
    let (_workspace, init) = running();
    let rest = Tasks(&init).run("t", "printf '\\377\\376\\000\\200\\r\\033[1m\\303'");
    assert_eq!(rest.output, b"\xff\xfe\0\x80\r\x1b[1m\xc3");
}

#[test]
fn a_limit_that_is_hardly_passed_costs_nothing() {
    let (_workspace, init) = running();
    let rest = run_with_limit(&init, "head -c 130000 /dev/zero", 65_536);
    assert_eq!((rest.output.len(), dropped(&rest)), (130_000, 0));
    assert!(rest.output.iter().all(|byte| *byte == 0), "no note where nothing is left out");
}

/// A file system of its own, gone with the test.
struct Mount(std::path::PathBuf);

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = unmount(&self.0, UnmountFlags::DETACH);
    }
}

#[test]
fn a_full_disk_loses_output_and_nothing_else() {
    let workspace = Workspace::new();
    let run = workspace.run();
    mount("tmpfs", &run, "tmpfs", MountFlags::empty(), Some(c"size=1m")).unwrap();
    let _mount = Mount(run.clone());
    let init = workspace.start();
    init.state("none");
    let rest = run_with_limit(&init, "head -c 20000000 /dev/zero; exit 5", 8 * MIB);
    assert_eq!((&rest.end["code"], &rest.end["cause"]), (&json!(5), &json!("exited")));
    assert!((500_000..MIB as usize).contains(&rest.output.len()), "{}", rest.output.len());
    assert!(dropped(&rest) > 18_000_000);
    let written = fs::read(run.join("tasks/t/result.json")).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&written).unwrap(), rest.end, "it had its place");
    let tasks = Tasks(&init);
    let _open = fs::File::open(run.join("tasks/t/output")).unwrap();
    assert_eq!(tasks.run("next", "echo next").text(), "next\n", "the old output makes room");
    assert_eq!(tasks.status("t")["result"], rest.end);
    let full = run.join("full");
    std::io::copy(&mut std::io::repeat(b'x'), &mut fs::File::create(&full).unwrap()).unwrap_err();
    let refused = tasks.ask_start("last", "echo last");
    assert_eq!(error(&refused), "no_space", "what can't be noted isn't begun: {refused}");
    assert_eq!(tasks.status("last")["state"], "unknown");
    assert!(!run.join("tasks/last").exists());
    fs::remove_file(full).unwrap();
    assert_eq!(tasks.run("last", "echo last").text(), "last\n");
}
