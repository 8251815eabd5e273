//! A sandbox that wants out: links, names that are tricks, and folders that are swapped under us.

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rustix::fs::{RenameFlags, renameat_with};
use serde_json::json;

use crate::caller::{Caller, running};
use crate::harness::Workspace;

/// A folder beside the app folder, with a secret in it that its owner can read and change.
fn outside(workspace: &Workspace) -> PathBuf {
    let outside = workspace.home().join("outside");
    fs::create_dir_all(outside.join("sub")).unwrap();
    fs::write(outside.join("secret"), "secret").unwrap();
    for path in [&outside, &outside.join("sub"), &outside.join("secret")] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o777)).unwrap();
    }
    outside
}

fn untouched(outside: &std::path::Path) {
    assert_eq!(fs::read(outside.join("secret")).unwrap(), b"secret");
    let names = fs::read_dir(outside).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.collect();
    names.sort();
    assert_eq!(names, ["secret", "sub"], "nothing came, nothing went");
}

#[test]
fn links_lead_nowhere_outside_at_any_position() {
    let (workspace, init) = running();
    let (app, outside) = (workspace.app(), outside(&workspace));
    fs::create_dir_all(app.join("in/deep")).unwrap();
    let absolute = outside.to_str().unwrap();
    symlink(absolute, app.join("absolute")).unwrap();
    symlink("../outside", app.join("relative")).unwrap();
    symlink("../../../outside", app.join("in/deep/up")).unwrap();
    symlink("in/deep/up", app.join("chain")).unwrap();
    symlink("/proc/self/root", app.join("root")).unwrap();
    symlink("/proc/self/cwd", app.join("cwd")).unwrap();
    symlink(outside.join("secret"), app.join("leaf")).unwrap();
    symlink("../outside/new", app.join("dangling")).unwrap();
    workspace.give();
    let files = Caller::of(&init);
    for folder in ["absolute", "relative", "in/deep/up", "chain", "root", "cwd"] {
        let within = |name: &str| format!("{folder}/{name}");
        assert_eq!(files.read(&within("secret")).unwrap_err(), "outside", "{folder}");
        assert_eq!(files.write(&within("secret"), b"x").unwrap_err(), "outside", "{folder}");
        assert_eq!(files.write(&within("a/b/new"), b"x").unwrap_err(), "outside", "{folder}");
        assert_eq!(files.remove(&within("secret"), false).unwrap_err(), "outside", "{folder}");
        assert_eq!(files.remove(&within("sub"), true).unwrap_err(), "outside", "{folder}");
        for op in ["files.list", "files.export"] {
            let request = json!({"v": 1, "op": op, "path": folder});
            assert_eq!(files.code(&request), "outside", "{op} {folder}");
        }
    }
    assert_eq!(files.read("leaf").unwrap_err(), "outside");
    assert_eq!(files.write("dangling/x", b"").unwrap_err(), "outside");
    for replaced in ["leaf", "dangling"] {
        files.write(replaced, b"mine").unwrap();
        assert_eq!(files.read(replaced).unwrap(), b"mine");
    }
    let zip = files.ask(&json!({"v": 1, "op": "files.export"})).unwrap().output;
    assert!(!zip.windows(6).any(|bytes| bytes == b"secret"));
    for gone in ["absolute", "chain", "in"] {
        files.remove(gone, true).unwrap();
    }
    untouched(&outside);
}

#[test]
fn paths_that_are_tricks_are_names_or_refused() {
    let (workspace, init) = running();
    let outside = outside(&workspace);
    let files = Caller::of(&init);
    for (path, code) in [
        ("../outside/secret", "outside"),
        ("a/../../outside/secret", "outside"),
        ("/etc/passwd", "outside"),
        ("..", "outside"),
        ("%2e%2e/outside/secret", "not_found"),
        ("..%2foutside%2fsecret", "not_found"),
        ("..\\outside\\secret", "not_found"),
        ("\u{2024}\u{2024}/outside/secret", "not_found"),
        ("secret\0", "invalid_request"),
        (&"x".repeat(256), "invalid_request"),
        (&"x/".repeat(2048), "invalid_request"),
    ] {
        assert_eq!(files.read(path).unwrap_err(), code, "{path:?}");
        let removed = files.remove(path, true).unwrap_err();
        assert_eq!(removed, code, "{path:?}");
    }
    files.write(&"x".repeat(255), b"long").unwrap();
    files.write("a\nb\"c\\d", b"odd").unwrap();
    assert_eq!(files.read("a\nb\"c\\d").unwrap(), b"odd");
    assert!(files.paths("", false).contains(&"a\nb\"c\\d".to_owned()));
    untouched(&outside);
}

/// Tells another thread to stop, also when this one panics.
struct StopAtEnd<'a>(&'a AtomicBool);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Exchanges a folder and a link to the outside under the one name, as fast as it can.
fn while_swapped(workspace: &Workspace, swaps: usize, mut act: impl FnMut(usize)) {
    let app = File::open(workspace.app()).unwrap();
    let (stop, swapped) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                renameat_with(&app, "d", &app, "other", RenameFlags::EXCHANGE).unwrap();
                swapped.fetch_add(1, Ordering::Relaxed);
            }
        });
        let _stop = StopAtEnd(&stop);
        let mut round = 0;
        while swapped.load(Ordering::Relaxed) < swaps || round < 200 {
            act(round);
            round += 1;
        }
    });
}

#[test]
fn a_folder_that_is_swapped_for_a_link_never_leads_out() {
    let (workspace, init) = running();
    let (app, outside) = (workspace.app(), outside(&workspace));
    fs::create_dir(app.join("d")).unwrap();
    fs::write(app.join("d/secret"), "inside").unwrap();
    symlink("../outside", app.join("other")).unwrap();
    workspace.give();
    let files = Caller::of(&init);
    let (mut got, mut refused) = (0, 0);
    while_swapped(&workspace, 5000, |round| {
        match files.read("d/secret") {
            Ok(bytes) => {
                assert_eq!(bytes, b"inside");
                got += 1;
            }
            Err(code) => {
                assert_eq!(code, "outside");
                refused += 1;
            }
        }
        let _ = files.write(&format!("d/new/{round}"), b"x");
        let _ = files.write("d/secret", b"inside");
        let _ = files.remove("d/sub", true);
        let _ = files.ask(&json!({"v": 1, "op": "files.export", "path": "d"}));
        let listed = json!({"v": 1, "op": "files.list", "path": "", "recursive": true});
        let (entries, _) = files.list(&listed).unwrap();
        assert!(entries.iter().all(|entry| entry["path"] != "d/sub"));
    });
    assert!(got > 0 && refused > 0, "both were seen: {got} and {refused}");
    untouched(&outside);
}

#[test]
fn a_removal_that_is_raced_stays_inside() {
    let (workspace, init) = running();
    let (app, outside) = (workspace.app(), outside(&workspace));
    let files = Caller::of(&init);
    for round in 0..40 {
        for folder in ["t/d/x", "t/d/y"] {
            fs::create_dir_all(app.join(folder)).unwrap();
        }
        symlink("../../outside", app.join("t/other")).unwrap();
        symlink("../../../outside", app.join("t/d/link")).unwrap();
        workspace.give();
        let folder = File::open(app.join("t")).unwrap();
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let _ = renameat_with(&folder, "d", &folder, "other", RenameFlags::EXCHANGE);
                }
            });
            let _stop = StopAtEnd(&stop);
            let removed = files.remove("t", true);
            assert!(removed.is_ok() || app.join("t").exists(), "{round}: {removed:?}");
        });
        let _ = files.remove("t", true);
        untouched(&outside);
    }
}
