//! Listing, reading, writing and removing, as they are meant to be used.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use serde_json::json;

use crate::caller::{Caller, running};
use crate::harness::{Workspace, until};

#[test]
fn what_is_written_is_read_back() {
    let (workspace, init) = running();
    let files = Caller::of(&init);
    let bytes: Vec<u8> = (0..200_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
    let end = files.write("src/deep/er/data.bin", &bytes).unwrap();
    assert_eq!(end, json!({"created": true, "bytes": 200_000}));
    assert_eq!(files.read("src/deep/er/data.bin").unwrap(), bytes);
    assert_eq!(fs::read(workspace.app().join("src/deep/er/data.bin")).unwrap(), bytes);
    let end = files.write("src/deep/er/data.bin", b"").unwrap();
    assert_eq!(end, json!({"created": false, "bytes": 0}));
    assert_eq!(files.read("./src//deep/er/data.bin").unwrap(), b"");
    let state = workspace.home().join(".sandboxd/uploads");
    assert_eq!(fs::read_dir(state).unwrap().count(), 0, "nothing of it is left");
}

#[test]
fn a_read_tells_size_mode_and_time() {
    let (workspace, init) = running();
    fs::write(workspace.app().join("a"), "12345").unwrap();
    fs::set_permissions(workspace.app().join("a"), fs::Permissions::from_mode(0o755)).unwrap();
    let metadata = fs::metadata(workspace.app().join("a")).unwrap();
    let (answer, mut rest) = init.stream(&json!({"v": 1, "op": "files.read", "path": "a"}));
    let modified = metadata.mtime() * 1000 + metadata.mtime_nsec() / 1_000_000;
    let expected = json!({"v": 1, "ok": true, "size": 5, "mode": 0o755, "modified_ms": modified});
    assert_eq!(answer, expected);
    assert_eq!(rest.rest().end, json!({"bytes": 5}));
}

#[test]
fn a_mode_is_given_kept_or_plain() {
    let (workspace, init) = running();
    let files = Caller::of(&init);
    let mode = |path: &str| {
        fs::metadata(workspace.app().join(path)).unwrap().permissions().mode() & 0o7777
    };
    files.write("plain", b"").unwrap();
    assert_eq!(mode("plain"), 0o644);
    let run = json!({"v": 1, "op": "files.write", "path": "run", "mode": 0o755});
    files.write_with(&run, b"1").unwrap();
    assert_eq!(mode("run"), 0o755);
    files.write("run", b"2").unwrap();
    assert_eq!(mode("run"), 0o755, "kept");
    let wrong = json!({"v": 1, "op": "files.write", "path": "x", "mode": 0o4755});
    assert_eq!(files.write_with(&wrong, b"").unwrap_err(), "invalid_request");
}

#[test]
fn a_file_is_replaced_not_changed() {
    let (workspace, init) = running();
    let files = Caller::of(&init);
    fs::write(workspace.app().join("a"), "old").unwrap();
    fs::hard_link(workspace.app().join("a"), workspace.app().join("b")).unwrap();
    symlink("a", workspace.app().join("link")).unwrap();
    files.write("a", b"new").unwrap();
    assert_eq!(files.read("b").unwrap(), b"old", "another link to the old file keeps it");
    files.write("link", b"third").unwrap();
    assert_eq!(files.read("a").unwrap(), b"new", "the link was replaced, not followed");
    assert!(fs::symlink_metadata(workspace.app().join("link")).unwrap().is_file());
}

#[test]
fn a_list_is_sorted_and_says_what_each_is() {
    let (workspace, init) = running();
    let app = workspace.app();
    fs::create_dir_all(app.join("src/z")).unwrap();
    for (name, text) in [("src/b.ts", "22"), ("src-x", ""), ("src/a.ts", "1"), ("src/z/q", "")] {
        fs::write(app.join(name), text).unwrap();
    }
    symlink("src", app.join("link")).unwrap();
    let files = Caller::of(&init);
    let (entries, truncated) =
        files.list(&json!({"v": 1, "op": "files.list", "path": "src"})).unwrap();
    assert!(!truncated);
    let shown: Vec<_> = entries.iter().map(|entry| (&entry["path"], &entry["type"])).collect();
    let file = json!("file");
    let paths = [json!("src/a.ts"), json!("src/b.ts"), json!("src/z")];
    assert_eq!(shown, [(&paths[0], &file), (&paths[1], &file), (&paths[2], &json!("directory"))]);
    assert_eq!((&entries[1]["size"], &entries[1]["lossy"]), (&json!(2), &json!(null)));
    let all = files.paths("", true);
    let all: Vec<_> = all.iter().filter(|path| !path.starts_with(".git")).collect();
    assert_eq!(all, ["link", "src", "src/a.ts", "src/b.ts", "src/z", "src/z/q", "src-x"]);
    assert_eq!(files.paths("link", false), ["link/a.ts", "link/b.ts", "link/z"]);
}

#[test]
fn a_list_is_cut_at_its_limit() {
    let (workspace, init) = running();
    for name in 0..40 {
        let folder = workspace.app().join(format!("d/{name:02}"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("f"), "").unwrap();
    }
    let files = Caller::of(&init);
    let list = |recursive: bool, limit: u64| {
        files
            .list(&json!({"v": 1, "op": "files.list", "path": "d", "recursive": recursive, "limit": limit}))
            .map(|(entries, truncated)| (entries.last().unwrap()["path"].clone(), entries.len(), truncated))
    };
    assert_eq!(list(false, 40).unwrap(), (json!("d/39"), 40, false));
    assert_eq!(list(false, 39).unwrap(), (json!("d/38"), 39, true));
    assert_eq!(list(true, 80).unwrap(), (json!("d/39/f"), 80, false));
    assert_eq!(list(true, 79).unwrap(), (json!("d/39"), 79, true));
    assert_eq!(list(true, 3).unwrap(), (json!("d/01"), 3, true));
    assert_eq!(list(true, 0).unwrap_err(), "invalid_request");
    assert_eq!(list(true, 10_001).unwrap_err(), "invalid_request");
}

#[test]
fn files_folders_and_links_are_removed() {
    let (workspace, init) = running();
    let app = workspace.app();
    fs::create_dir_all(app.join("full/of/things")).unwrap();
    fs::create_dir(app.join("empty")).unwrap();
    fs::write(app.join("full/of/it"), "").unwrap();
    symlink("full", app.join("link")).unwrap();
    workspace.give();
    let files = Caller::of(&init);
    files.remove("empty", false).unwrap();
    files.remove("link", true).unwrap();
    assert!(app.join("full/of/it").exists(), "what a link points to stays");
    assert_eq!(files.remove("full", false).unwrap_err(), "not_empty");
    files.remove("full/of/it", false).unwrap();
    files.remove("full", true).unwrap();
    assert!(!app.join("full").exists());
    assert_eq!(files.remove("full", true).unwrap_err(), "not_found");
    for root in ["", ".", "./"] {
        assert_eq!(files.remove(root, true).unwrap_err(), "is_the_root");
        assert_eq!(files.write(root, b"").unwrap_err(), "is_the_root");
    }
}

#[test]
fn what_does_not_fit_is_named() {
    let (workspace, init) = running();
    fs::create_dir(workspace.app().join("folder")).unwrap();
    fs::write(workspace.app().join("file"), "").unwrap();
    let files = Caller::of(&init);
    assert_eq!(files.read("nothing").unwrap_err(), "not_found");
    assert_eq!(files.read("folder").unwrap_err(), "not_a_file");
    assert_eq!(files.read("file/x").unwrap_err(), "not_a_directory");
    assert_eq!(files.write("folder", b"").unwrap_err(), "not_a_file");
    assert_eq!(files.write("file/x", b"").unwrap_err(), "not_a_directory");
    let list = |path: &str| files.code(&json!({"v": 1, "op": "files.list", "path": path}));
    assert_eq!(list("file"), "not_a_directory");
    assert_eq!(list("nothing"), "not_found");
    assert_eq!(files.code(&json!({"v": 1, "op": "files.list"})), "invalid_request");
    assert_eq!(files.code(&json!({"v": 1, "op": "files.explode", "path": ""})), "unknown_op");
}

#[test]
fn an_upload_that_is_too_large_or_cut_changes_nothing() {
    let (workspace, init) = running();
    let files = Caller::of(&init);
    files.write("a", b"old").unwrap();
    let limit = vec![b'x'; 25 * 1024 * 1024];
    files.write("limit", &limit).unwrap();
    let more = [limit.as_slice(), b"x"].concat();
    assert_eq!(files.write("a", &more).unwrap_err(), "too_large");
    let mut cut = files.open(&json!({"v": 1, "op": "files.write", "path": "a"})).unwrap();
    cut.send(0, b"half");
    drop(cut);
    let uploads = workspace.home().join(".sandboxd/uploads");
    until("the half to be gone", || (fs::read_dir(&uploads).unwrap().count() == 0).then_some(()));
    assert_eq!(files.read("a").unwrap(), b"old");
}

#[test]
fn what_a_killed_supervisor_was_given_is_swept() {
    let workspace = Workspace::new().unprivileged();
    let mut init = workspace.start();
    init.state("none");
    let files = Caller::of(&init);
    let mut half = files.open(&json!({"v": 1, "op": "files.write", "path": "a"})).unwrap();
    half.send(0, b"half");
    let uploads = workspace.home().join(".sandboxd/uploads");
    until("the upload", || (fs::read_dir(&uploads).ok()?.count() == 1).then_some(()));
    drop(files);
    init.kill();
    assert_eq!(fs::read_dir(&uploads).unwrap().count(), 1, "it had no time to clean up");
    let init = workspace.start();
    init.state("none");
    assert_eq!(fs::read_dir(&uploads).unwrap().count(), 0);
    assert_eq!(Caller::of(&init).read("a").unwrap_err(), "not_found");
}

#[test]
fn streams_have_places_of_their_own() {
    let (_workspace, init) = running();
    let files = Caller::of(&init);
    let write = |name: &str| json!({"v": 1, "op": "files.write", "path": name});
    let mut open: Vec<_> = (0..32).map(|n| files.open(&write(&format!("f{n}"))).unwrap()).collect();
    assert_eq!(files.open(&write("x")).map(drop).unwrap_err(), "busy");
    assert_eq!(init.status()["ok"], true, "requests are still answered");
    open.pop();
    until("a free place", || files.write("x", b"x").ok());
}

#[test]
fn frames_behind_the_request_are_taken() {
    let (_workspace, init) = running();
    let mut connection = init.connect();
    let mut all = json!({"v": 1, "op": "files.write", "path": "a"}).to_string().into_bytes();
    all.extend(b"\n\0\0\0\0\x03abc\0\0\0\0\0");
    std::io::Write::write_all(&mut connection.stream, &all).unwrap();
    assert_eq!(connection.answer().unwrap()["ok"], true);
    assert_eq!(connection.rest().end, json!({"created": true, "bytes": 3}));
}
