//! `sandbox-init files`: the same over inherited descriptors, with no sandbox around.

use std::cell::RefCell;
use std::fs::{self, File};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::fs::{FlockOperation, flock};
use rustix::io::{FdFlags, fcntl_setfd};
use serde_json::json;
use tempfile::TempDir;

use crate::caller::Caller;
use crate::harness::{Connection, until};

/// A workspace nobody runs on.
fn workspace() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("home/app/src")).unwrap();
    fs::write(dir.path().join("home/app/src/a"), "text").unwrap();
    fs::write(dir.path().join("lock"), "").unwrap();
    dir
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sandbox-init"));
    command.arg("files").args(arguments).env_clear().stdin(Stdio::null());
    command
}

/// A process that serves one connection, and that connection.
fn serve(home: &Path, lock: Option<&File>) -> (Child, Connection) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let root = File::open(home).unwrap();
    let mut inherited = vec![("--root-fd", root.as_fd()), ("--socket-fd", theirs.as_fd())];
    inherited.extend(lock.map(|lock| ("--lock-fd", lock.as_fd())));
    let mut arguments = Vec::new();
    for (flag, fd) in inherited {
        fcntl_setfd(fd, FdFlags::empty()).unwrap();
        arguments.extend([flag.to_owned(), fd.as_raw_fd().to_string()]);
    }
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    (command(&arguments).spawn().unwrap(), Connection::new(ours))
}

#[test]
fn all_file_operations_and_no_others_are_served() {
    let dir = workspace();
    let home = dir.path().join("home");
    symlink("../../lock", home.join("app/out")).unwrap();
    let processes = RefCell::new(Vec::new());
    let files = Caller::new(|| {
        let (process, connection) = serve(&home, None);
        processes.borrow_mut().push(process);
        connection
    });
    assert_eq!(files.read("src/a").unwrap(), b"text");
    files.write("new/b", b"more").unwrap();
    assert_eq!(fs::read(home.join("app/new/b")).unwrap(), b"more");
    assert_eq!(files.paths("", true), ["new", "new/b", "out", "src", "src/a"]);
    assert_eq!(files.read("out").unwrap_err(), "outside");
    files.remove("new", true).unwrap();
    let zip = files.ask(&json!({"v": 1, "op": "files.export"})).unwrap();
    assert_eq!(zip.end["entries"], 3);
    for op in ["status", "restart", "logs", "environment", "exec", "logs.follow"] {
        assert_eq!(files.code(&json!({"v": 1, "op": op, "values": {}})), "unknown_op", "{op}");
    }
    for mut process in processes.take() {
        assert!(until("its end", || process.try_wait().unwrap()).success());
    }
}

#[test]
fn an_app_folder_that_is_a_link_is_none() {
    let dir = workspace();
    let home = dir.path().join("home");
    fs::rename(home.join("app"), dir.path().join("elsewhere")).unwrap();
    symlink("../elsewhere", home.join("app")).unwrap();
    symlink("../elsewhere", home.join(".sandboxd")).unwrap();
    let files = Caller::new(|| serve(&home, None).1);
    for request in [
        json!({"v": 1, "op": "files.read", "path": "src/a"}),
        json!({"v": 1, "op": "files.write", "path": "src/a"}),
        json!({"v": 1, "op": "files.remove", "path": "src/a"}),
        json!({"v": 1, "op": "files.list", "path": ""}),
        json!({"v": 1, "op": "files.export"}),
    ] {
        assert_eq!(files.code(&request), "outside", "{request}");
    }
    fs::remove_file(home.join("app")).unwrap();
    fs::create_dir(home.join("app")).unwrap();
    assert_eq!(files.write("a", b"x").unwrap_err(), "outside", "uploads stay in the workspace");
}

#[test]
fn the_lock_is_held_until_it_ends() {
    let dir = workspace();
    let path = dir.path().join("lock");
    let lock = File::open(&path).unwrap();
    flock(&lock, FlockOperation::NonBlockingLockExclusive).unwrap();
    let (mut process, connection) = serve(&dir.path().join("home"), Some(&lock));
    drop(lock);
    let other = File::open(&path).unwrap();
    let take = || flock(&other, FlockOperation::NonBlockingLockExclusive).ok();
    assert!(take().is_none(), "it has inherited it");
    drop(connection);
    until("the lock", take);
    assert!(until("its end", || process.try_wait().unwrap()).success());
}

#[test]
fn descriptors_that_are_not_what_they_should_be_are_refused() {
    for (arguments, words) in [
        (&["--root-fd", "3"][..], "usage"),
        (&["--root-fd", "0", "--socket-fd", "4"], "usage"),
        (&["--root-fd", "900", "--socket-fd", "901"], "900 isn't open"),
    ] {
        let output = command(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8_lossy(&output.stderr).contains(words), "{output:?}");
    }
    let dir = workspace();
    let (mut process, mut connection) = serve(&dir.path().join("lock"), None);
    assert_eq!(until("its end", || process.try_wait().unwrap()).code(), Some(1));
    assert_eq!(connection.answer(), None);
}
