//! A sandbox that makes work hard: what blocks, changes while it is looked at, is deep, wide, closed
//! or has no name that is text.

use std::fs::{self, File};
use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{CWD, FileType, Mode, OFlags, mkdirat, mknodat, openat};
use serde_json::json;

use crate::caller::{Caller, running};
use crate::harness::{Init, Workspace, until};

fn memory_kib(init: &Init) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", init.pid())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn nothing_blocks_on_what_is_not_a_file() {
    let (workspace, init) = running();
    let app = workspace.app();
    mknodat(CWD, app.join("fifo"), FileType::Fifo, Mode::from_raw_mode(0o666), 0).unwrap();
    let _socket = UnixListener::bind(app.join("socket")).unwrap();
    symlink("/dev/zero", app.join("zero")).unwrap();
    // Only root can make one, and not in a sandbox.
    let device = mknodat(CWD, app.join("null"), FileType::CharacterDevice, Mode::RWXU, 0x103);
    workspace.give();
    let files = Caller::of(&init);
    for name in ["fifo", "socket"] {
        assert_eq!(files.read(name).unwrap_err(), "not_a_file", "{name}");
        assert_eq!(files.write(name, b"x").unwrap_err(), "not_a_file", "{name}");
        assert_eq!(files.write(&format!("{name}/x"), b"").unwrap_err(), "not_a_directory");
    }
    assert_eq!(files.read("zero").unwrap_err(), "outside");
    if device.is_ok() {
        // A test's file system can forbid devices.
        assert!(["not_a_file", "not_permitted"].contains(&&*files.read("null").unwrap_err()));
    }
    let (entries, _) = files.list(&json!({"v": 1, "op": "files.list", "path": ""})).unwrap();
    let others = entries.iter().filter(|entry| entry["type"] == "other").count();
    assert_eq!(others, if device.is_ok() { 3 } else { 2 });
    for name in ["fifo", "socket"] {
        files.remove(name, false).unwrap();
    }
}

#[test]
fn a_file_that_changes_while_it_is_read_is_sent_as_it_was_opened() {
    let (workspace, init) = running();
    let path = workspace.app().join("f");
    let size = 8 << 20;
    let files = Caller::of(&init);
    let read = json!({"v": 1, "op": "files.read", "path": "f"});
    let open = || {
        fs::write(&path, vec![b'1'; size]).unwrap();
        files.open(&read).unwrap()
    };
    let mut grown = open();
    File::options().append(true).open(&path).unwrap().write_all(&[b'2'; 9999]).unwrap();
    let rest = grown.rest();
    assert_eq!((rest.output.len(), rest.end), (size, json!({"bytes": size})));
    let mut replaced = open();
    fs::remove_file(&path).unwrap();
    fs::write(&path, "other").unwrap();
    assert_eq!(replaced.rest().output, vec![b'1'; size]);
    let mut cut = open();
    File::options().write(true).open(&path).unwrap().set_len(10).unwrap();
    let rest = cut.rest();
    assert!(rest.output.len() < size, "it can't be told more than there is");
    assert_eq!(rest.end, json!({"bytes": rest.output.len()}));
}

#[test]
fn a_folder_that_goes_while_it_is_listed_is_no_harm() {
    let (workspace, init) = running();
    let folder = workspace.app().join("d");
    for outer in 0..50 {
        let inner = folder.join(format!("{outer:02}"));
        fs::create_dir_all(&inner).unwrap();
        for name in 0..150 {
            File::create(inner.join(format!("{name}-{}", "x".repeat(150)))).unwrap();
        }
    }
    let files = Caller::of(&init);
    let list = json!({"v": 1, "op": "files.list", "path": "d", "recursive": true, "limit": 10_000});
    let mut connection = files.open(&list).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    let rest = connection.rest();
    let shown = rest.text().lines().count();
    assert!((50..7550).contains(&shown), "{shown} of 7550 were there long enough");
}

/// A chain of folders, the last one open.
fn dig(workspace: &Workspace, name: &str, depth: usize) -> OwnedFd {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let mut folder: OwnedFd = File::open(workspace.app()).unwrap().into();
    for _ in 0..depth {
        mkdirat(&folder, name, Mode::from_raw_mode(0o777)).unwrap();
        let next = openat(folder.as_fd(), name, flags, Mode::empty()).unwrap();
        rustix::fs::fchmod(&next, Mode::from_raw_mode(0o777)).unwrap();
        folder = next;
    }
    folder
}

#[test]
fn ten_thousand_levels_are_listed_in_part_and_removed_whole() {
    let (workspace, init) = running();
    let bottom = dig(&workspace, "dddddddddd", 10_000);
    drop(openat(bottom, "f", OFlags::CREATE | OFlags::WRONLY, Mode::RWXU).unwrap());
    let files = Caller::of(&init);
    let list = |limit: usize| {
        let request = json!({"v": 1, "op": "files.list", "path": "dddddddddd", "recursive": true,
            "limit": limit});
        files.list(&request).map(|(entries, truncated)| (entries.len(), truncated))
    };
    assert_eq!(list(100).unwrap(), (100, true));
    let (shown, truncated) = list(10_000).unwrap();
    assert!(truncated && (360..=373).contains(&shown), "{shown}: as long as a path can be");
    assert_eq!(files.code(&json!({"v": 1, "op": "files.export"})), "too_large");
    files.remove("dddddddddd", true).unwrap();
    assert!(!workspace.app().join("dddddddddd").exists());
    assert!(memory_kib(&init) < 64 * 1024, "{} KiB", memory_kib(&init));
}

#[test]
fn wide_folders_are_listed_in_order_and_removed_whole() {
    let (workspace, init) = running();
    let (mut folder, mut expected) = (workspace.app(), Vec::new());
    for level in 1..=4 {
        folder = folder.join("aaa");
        fs::create_dir(&folder).unwrap();
        expected.push("aaa/".repeat(level).trim_end_matches('/').to_owned());
        for name in 0..1500 {
            File::create(folder.join(format!("b{name:04}"))).unwrap();
        }
    }
    for level in [4, 3, 2] {
        expected.extend((0..1500).map(|name| format!("{}b{name:04}", "aaa/".repeat(level))));
    }
    workspace.give();
    let files = Caller::of(&init);
    let list = json!({"v": 1, "op": "files.list", "path": "", "recursive": true, "limit": 3500});
    let (entries, truncated) = files.list(&list).unwrap();
    let shown: Vec<_> = entries.iter().map(|entry| entry["path"].as_str().unwrap()).collect();
    let apps_own = shown.iter().position(|path| *path == "aaa").unwrap();
    assert_eq!(shown[apps_own..], expected[..3500 - apps_own]);
    assert!(truncated && apps_own > 0, "the template's history comes before");
    files.remove("aaa", true).unwrap();
    assert!(!workspace.app().join("aaa").exists());
}

#[test]
fn folders_without_permissions_are_removed_and_files_in_them_named() {
    let (workspace, init) = running();
    let app = workspace.app();
    fs::create_dir_all(app.join("a/b/c/d")).unwrap();
    fs::write(app.join("a/b/c/f"), "x").unwrap();
    workspace.give();
    for (folder, mode) in [("a/b/c/d", 0o0), ("a/b/c", 0o100), ("a/b", 0o500), ("a", 0o0)] {
        fs::set_permissions(app.join(folder), fs::Permissions::from_mode(mode)).unwrap();
    }
    let files = Caller::of(&init);
    assert_eq!(files.read("a/b/c/f").unwrap_err(), "not_permitted");
    assert_eq!(files.write("a/x", b"").unwrap_err(), "not_permitted");
    let list = json!({"v": 1, "op": "files.list", "path": "", "recursive": true});
    assert!(files.list(&list).unwrap().1, "more than is shown");
    files.remove("a", true).unwrap();
    assert!(!app.join("a").exists());
}

#[test]
fn names_that_are_not_text_are_shown_as_such_and_can_be_removed_with_their_folder() {
    let (workspace, init) = running();
    let folder = workspace.app().join("d");
    fs::create_dir(&folder).unwrap();
    File::create(folder.join(std::ffi::OsStr::from_bytes(b"a\xff\xfe"))).unwrap();
    workspace.give();
    let files = Caller::of(&init);
    let (entries, _) = files.list(&json!({"v": 1, "op": "files.list", "path": "d"})).unwrap();
    assert_eq!(entries[0]["path"], "d/a\u{fffd}\u{fffd}");
    assert_eq!(entries[0]["lossy"], true);
    assert_eq!(files.read("d/a\u{fffd}\u{fffd}").unwrap_err(), "not_found");
    files.remove("d", true).unwrap();
}

#[test]
fn a_folder_that_is_filled_while_it_is_removed_is_removed_in_the_end() {
    let (workspace, init) = running();
    let folder = workspace.app().join("d");
    fs::create_dir_all(folder.join("e")).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
    workspace.give();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for name in 0..2000 {
                let _ = fs::create_dir(folder.join(name.to_string()));
            }
            stop.store(true, Ordering::Relaxed);
        });
        let files = Caller::of(&init);
        let _ = files.remove("d", true);
        until("the end of the filling", || stop.load(Ordering::Relaxed).then_some(()));
        let _ = files.remove("d", true);
    });
    assert!(!folder.exists());
}

#[test]
fn a_lack_of_descriptors_is_an_answer_not_an_end() {
    let workspace = Workspace::new().unprivileged().with_descriptors(40);
    let init = workspace.start();
    init.state("none");
    let files = Caller::of(&init);
    let write = |n: usize| json!({"v": 1, "op": "files.write", "path": format!("f{n}")});
    let mut open: Vec<_> = Vec::new();
    let refused = (0..32).find_map(|n| match files.open(&write(n)) {
        Ok(connection) => {
            open.push(connection);
            None
        }
        Err(code) => Some(code),
    });
    assert_eq!(refused.as_deref(), Some("busy"), "after {}", open.len());
    drop(open);
    until("room again", || files.write("f", b"x").ok());
    assert_eq!(init.status()["ok"], true);
}
