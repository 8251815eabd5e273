//! What a snapshot has compared with another, for every kind of change there is.

use crate::kit::{Node, Workspace};
use crate::tree;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use sandboxd_worker::workspace::{Chain, Diff, DiffOptions, FileKind, FileState, Lineage, Status};
use std::ffi::OsStr;
use std::fs::{self, File, FileTimes, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::{Duration, SystemTime};

crate::for_both_drivers!(
    files_are_added_changed_and_removed,
    what_was_only_touched_is_the_same,
    a_change_does_not_hide_behind_its_size_and_time,
    permissions_count,
    a_renamed_folder_is_gone_here_and_new_there,
    a_folder_made_again_has_what_is_in_it_now,
    what_is_of_another_kind_is_changed,
    only_the_app_folder_is_looked_at,
    what_tools_make_is_left_out_unless_asked_for,
    folders_that_git_ignores_are_left_out_unless_asked_for,
    an_app_folder_may_come_go_and_be_something_else,
    names_are_bytes,
    limits_cut_and_say_so,
    a_merged_chain_differs_by_what_came_after,
);

/// Two layers deep: files and folders that the tests then change.
async fn based(node: &Node) -> (Workspace<'_>, Chain) {
    let mut workspace = node.fork(&Chain::empty()).await;
    workspace.change(|root| {
        fs::create_dir_all(root.join("app/src/inner")).unwrap();
        fs::write(root.join("app/src/a"), "a").unwrap();
        fs::write(root.join("app/src/inner/b"), "b").unwrap();
        fs::write(root.join("app/file"), "first").unwrap();
        fs::write(root.join("beside"), "").unwrap();
        symlink("one", root.join("app/link")).unwrap();
    });
    workspace.capture().await;
    workspace.change(|root| fs::write(root.join("app/src/c"), "cc").unwrap());
    let chain = workspace.capture().await;
    (workspace, chain)
}

async fn diff_with(node: &Node, before: &Chain, after: &Chain, options: &DiffOptions) -> Diff {
    let [before, after] = [before, after].map(|chain| Lineage::plain(chain.clone()));
    node.driver.diff(&before, &after, options).await.unwrap()
}

/// One line a file: `+` added, `-` removed, `~` changed.
pub(crate) fn lines(found: &Diff) -> Vec<String> {
    let line = |change: &sandboxd_worker::workspace::Change| {
        let sign = match change.status() {
            Status::Added => '+',
            Status::Changed => '~',
            Status::Removed => '-',
        };
        format!("{sign} {}", change.path.display())
    };
    found.changes.iter().map(line).collect()
}

/// What there is after a change compared with before it; and the other way round it is the reverse.
async fn changed(
    node: &Node,
    workspace: &mut Workspace<'_>,
    before: &Chain,
    work: impl FnOnce(&Path),
) -> (Chain, Vec<String>) {
    workspace.change(work);
    let after = workspace.capture().await;
    let options = DiffOptions::default();
    let found = diff_with(node, before, &after, &options).await;
    assert!(!found.truncated);
    let back = diff_with(node, &after, before, &options).await;
    let forth = found.changes.iter().map(|one| (&one.path, one.before, one.after));
    let back = back.changes.iter().map(|one| (&one.path, one.after, one.before));
    assert!(forth.eq(back));
    let same = diff_with(node, &after, &after, &options).await;
    assert_eq!(same, Diff::default());
    (after, lines(&found))
}

async fn files_are_added_changed_and_removed(node: Node) {
    let (mut workspace, base) = based(&node).await;
    let (after, found) = changed(&node, &mut workspace, &base, |root| {
        fs::create_dir_all(root.join("app/new/deep")).unwrap();
        fs::create_dir(root.join("app/empty")).unwrap();
        fs::write(root.join("app/new/deep/x"), "x").unwrap();
        fs::write(root.join("app/src/a"), "longer").unwrap();
        fs::remove_file(root.join("app/src/c")).unwrap();
        fs::remove_dir_all(root.join("app/src/inner")).unwrap();
        fs::remove_file(root.join("app/link")).unwrap();
        symlink("two", root.join("app/link")).unwrap();
    })
    .await;
    let wanted = ["~ link", "+ new/deep/x", "~ src/a", "- src/c", "- src/inner/b"];
    assert_eq!(found, wanted);
    let found = diff_with(&node, &base, &after, &DiffOptions::default()).await;
    let state = |size, mode| Some(FileState { kind: FileKind::File, size, mode });
    let change = &found.changes[2];
    assert_eq!((change.before, change.after), (state(1, 0o644), state(6, 0o644)));
    let counts = [Status::Added, Status::Changed, Status::Removed].map(|one| found.count(one));
    assert_eq!(counts, [1, 2, 2]);
    // Against nothing at all everything is new.
    let all = diff_with(&node, &Chain::empty(), &base, &DiffOptions::default()).await;
    assert_eq!(lines(&all), ["+ file", "+ link", "+ src/a", "+ src/c", "+ src/inner/b"]);
    let nothing = Chain::empty();
    let found = diff_with(&node, &nothing, &nothing, &DiffOptions::default()).await;
    assert_eq!(found, Diff::default());
}

async fn what_was_only_touched_is_the_same(node: Node) {
    let (mut workspace, base) = based(&node).await;
    let (_, found) = changed(&node, &mut workspace, &base, |root| {
        // Each is copied up.
        File::options().append(true).open(root.join("app/src/a")).unwrap();
        set_mode(&root.join("app/src/c"), 0o600);
        set_mode(&root.join("app/src/c"), 0o644);
        set_mode(&root.join("app/src/inner"), 0o700);
        fs::write(root.join("app/file"), "first").unwrap();
        fs::remove_file(root.join("app/link")).unwrap();
        symlink("one", root.join("app/link")).unwrap();
    })
    .await;
    assert!(found.is_empty(), "{found:?}");
}

async fn a_change_does_not_hide_behind_its_size_and_time(node: Node) {
    let mut workspace = node.fork(&Chain::empty()).await;
    let when = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let write = |path: &Path, text: &[u8]| {
        fs::write(path, text).unwrap();
        let times = FileTimes::new().set_modified(when).set_accessed(when);
        File::options().append(true).open(path).unwrap().set_times(times).unwrap();
    };
    let mut large = vec![b'x'; 300 << 10];
    workspace.change(|root| {
        fs::create_dir(root.join("app")).unwrap();
        write(&root.join("app/small"), b"one");
        write(&root.join("app/large"), &large);
    });
    let base = workspace.capture().await;
    large[299 << 10] = b'y';
    let (_, found) = changed(&node, &mut workspace, &base, |root| {
        write(&root.join("app/small"), b"two");
        write(&root.join("app/large"), &large);
    })
    .await;
    assert_eq!(found, ["~ large", "~ small"]);
}

async fn permissions_count(node: Node) {
    let (mut workspace, base) = based(&node).await;
    let (after, found) = changed(&node, &mut workspace, &base, |root| {
        set_mode(&root.join("app/src/a"), 0o755);
        set_mode(&root.join("app/src"), 0o700);
    })
    .await;
    assert_eq!(found, ["~ src/a"]);
    let found = diff_with(&node, &base, &after, &DiffOptions::default()).await;
    assert_eq!(found.changes[0].after.unwrap().mode, 0o755);
}

async fn a_renamed_folder_is_gone_here_and_new_there(node: Node) {
    let (mut workspace, base) = based(&node).await;
    let (moved, found) = changed(&node, &mut workspace, &base, |root| {
        fs::rename(root.join("app/src"), root.join("app/lib")).unwrap();
        fs::write(root.join("app/lib/new"), "").unwrap();
    })
    .await;
    let wanted =
        ["+ lib/a", "+ lib/c", "+ lib/inner/b", "+ lib/new", "- src/a", "- src/c", "- src/inner/b"];
    assert_eq!(found, wanted);
    // A layer that knows the folder by its new name only.
    let (again, found) = changed(&node, &mut workspace, &moved, |root| {
        fs::write(root.join("app/lib/inner/b"), "other").unwrap();
    })
    .await;
    assert_eq!(found, ["~ lib/inner/b"]);
    // And back: the old name, with what was changed meanwhile.
    workspace.change(|root| fs::rename(root.join("app/lib"), root.join("app/src")).unwrap());
    let back = workspace.capture().await;
    let found = diff_with(&node, &base, &back, &DiffOptions::default()).await;
    assert_eq!(lines(&found), ["~ src/inner/b", "+ src/new"]);
    let found = diff_with(&node, &back, &again, &DiffOptions::default()).await;
    assert_eq!(found.changes.len(), 8);
}

async fn a_folder_made_again_has_what_is_in_it_now(node: Node) {
    let (mut workspace, base) = based(&node).await;
    let (_, found) = changed(&node, &mut workspace, &base, |root| {
        fs::remove_dir_all(root.join("app/src")).unwrap();
        fs::create_dir_all(root.join("app/src/inner")).unwrap();
        fs::write(root.join("app/src/a"), "a").unwrap();
        fs::write(root.join("app/src/d"), "d").unwrap();
    })
    .await;
    assert_eq!(found, ["- src/c", "+ src/d", "- src/inner/b"]);
}

async fn what_is_of_another_kind_is_changed(node: Node) {
    let (mut workspace, base) = based(&node).await;
    let (after, found) = changed(&node, &mut workspace, &base, |root| {
        fs::remove_dir_all(root.join("app/src")).unwrap();
        fs::write(root.join("app/src"), "now a file").unwrap();
        fs::remove_file(root.join("app/file")).unwrap();
        fs::create_dir(root.join("app/file")).unwrap();
        fs::write(root.join("app/file/in"), "").unwrap();
        fs::remove_file(root.join("app/link")).unwrap();
        fs::write(root.join("app/link"), "one").unwrap();
        mknodat(CWD, root.join("app/fifo"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    })
    .await;
    let wanted = ["- file", "+ file/in", "~ link", "+ src", "- src/a", "- src/c", "- src/inner/b"];
    assert_eq!(found, wanted);
    let (_, found) = changed(&node, &mut workspace, &after, |root| {
        fs::remove_file(root.join("app/src")).unwrap();
        fs::create_dir(root.join("app/src")).unwrap();
        fs::write(root.join("app/src/c"), "").unwrap();
        fs::remove_dir_all(root.join("app/file")).unwrap();
        mknodat(CWD, root.join("app/file"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    })
    .await;
    assert_eq!(found, ["- file/in", "- src", "+ src/c"]);
}

async fn only_the_app_folder_is_looked_at(node: Node) {
    let (mut workspace, base) = based(&node).await;
    let (_, found) = changed(&node, &mut workspace, &base, |root| {
        fs::write(root.join("beside"), "changed").unwrap();
        fs::create_dir_all(root.join(".cache/app")).unwrap();
        fs::write(root.join(".cache/app/x"), "").unwrap();
    })
    .await;
    assert!(found.is_empty(), "{found:?}");
    // Into the app folder and out of it.
    let (_, found) = changed(&node, &mut workspace, &base, |root| {
        fs::rename(root.join(".cache/app"), root.join("app/cached")).unwrap();
        fs::rename(root.join("app/src"), root.join("src")).unwrap();
    })
    .await;
    assert_eq!(found, ["+ cached/x", "- src/a", "- src/c", "- src/inner/b"]);
}

async fn what_tools_make_is_left_out_unless_asked_for(node: Node) {
    let (mut workspace, base) = based(&node).await;
    let (after, found) = changed(&node, &mut workspace, &base, |root| {
        for folder in ["node_modules/x", "src/node_modules", ".git", "src/inner/.git"] {
            fs::create_dir_all(root.join("app").join(folder)).unwrap();
            fs::write(root.join("app").join(folder).join("f"), "").unwrap();
        }
        // Only folders of these names.
        fs::create_dir(root.join("app/other")).unwrap();
        symlink("../node_modules", root.join("app/other/node_modules")).unwrap();
        fs::write(root.join("app/other/.git"), "gitdir: elsewhere").unwrap();
    })
    .await;
    assert_eq!(found, ["+ other/.git", "+ other/node_modules"]);
    let options = DiffOptions { everything: true, ..DiffOptions::default() };
    let found = diff_with(&node, &base, &after, &options).await;
    let wanted = [
        "+ .git/f",
        "+ node_modules/x/f",
        "+ other/.git",
        "+ other/node_modules",
        "+ src/inner/.git/f",
        "+ src/node_modules/f",
    ];
    assert_eq!(lines(&found), wanted);
    // A link in the place of a folder that is left out.
    let (_, found) = changed(&node, &mut workspace, &after, |root| {
        fs::remove_dir_all(root.join("app/node_modules")).unwrap();
        symlink("elsewhere", root.join("app/node_modules")).unwrap();
    })
    .await;
    assert_eq!(found, ["+ node_modules"]);
}

async fn folders_that_git_ignores_are_left_out_unless_asked_for(node: Node) {
    let (mut workspace, base) = based(&node).await;
    let (after, found) = changed(&node, &mut workspace, &base, |root| {
        fs::write(root.join("app/.gitignore"), "dist\n/src/made/\n.env\n").unwrap();
        for folder in ["dist", "src/dist", "src/made", "made"] {
            fs::create_dir_all(root.join("app").join(folder)).unwrap();
            fs::write(root.join("app").join(folder).join("f"), "").unwrap();
        }
        fs::write(root.join("app/.env"), "KEY=1").unwrap();
    })
    .await;
    assert_eq!(found, ["+ .env", "+ .gitignore", "+ made/f"]);
    let options = DiffOptions { everything: true, ..DiffOptions::default() };
    let found = diff_with(&node, &base, &after, &options).await;
    assert_eq!(lines(&found).len(), 6);
    // The rules of the side that has some, and none through a link.
    let (_, found) = changed(&node, &mut workspace, &after, |root| {
        fs::remove_file(root.join("app/.gitignore")).unwrap();
        fs::remove_dir_all(root.join("app/dist")).unwrap();
    })
    .await;
    assert_eq!(found, ["- .gitignore"]);
    let (linked, found) = changed(&node, &mut workspace, &after, |root| {
        fs::write(root.join("rules"), "dist\n").unwrap();
        symlink("../rules", root.join("app/.gitignore")).unwrap();
        fs::create_dir(root.join("app/dist")).unwrap();
        fs::write(root.join("app/dist/g"), "").unwrap();
    })
    .await;
    assert_eq!(found, ["~ .gitignore"]);
    let found = diff_with(&node, &base, &linked, &DiffOptions::default()).await;
    assert!(lines(&found).contains(&"+ dist/g".to_owned()));
}

async fn an_app_folder_may_come_go_and_be_something_else(node: Node) {
    let (mut workspace, base) = based(&node).await;
    let all = ["- file", "- link", "- src/a", "- src/c", "- src/inner/b"];
    let (gone, found) = changed(&node, &mut workspace, &base, |root| {
        fs::rename(root.join("app"), root.join("elsewhere")).unwrap();
    })
    .await;
    assert_eq!(found, all);
    // A link is no app folder, wherever it leads.
    let (link, found) = changed(&node, &mut workspace, &gone, |root| {
        symlink("elsewhere", root.join("app")).unwrap();
    })
    .await;
    assert!(found.is_empty(), "{found:?}");
    let found = diff_with(&node, &base, &link, &DiffOptions::default()).await;
    assert_eq!(lines(&found), all);
    let (_, found) = changed(&node, &mut workspace, &base, |root| {
        fs::remove_file(root.join("app")).unwrap();
        fs::create_dir(root.join("app")).unwrap();
        fs::write(root.join("app/file"), "first").unwrap();
    })
    .await;
    assert_eq!(found, all[1..]);
}

async fn names_are_bytes(node: Node) {
    let (mut workspace, base) = based(&node).await;
    let names: [&[u8]; 3] = [b"a\xffb", b"new\nline\x01", b"-rf *"];
    workspace.change(|root| {
        for name in names {
            fs::write(root.join("app").join(OsStr::from_bytes(name)), "").unwrap();
        }
    });
    let after = workspace.capture().await;
    let found = diff_with(&node, &base, &after, &DiffOptions::default()).await;
    let mut wanted = names.map(|name| Path::new(OsStr::from_bytes(name)).to_owned());
    wanted.sort();
    assert!(found.changes.iter().map(|change| &change.path).eq(&wanted), "{found:?}");
}

async fn limits_cut_and_say_so(node: Node) {
    let (mut workspace, base) = based(&node).await;
    workspace.change(|root| {
        for number in 0..20 {
            fs::write(root.join(format!("app/n{number:02}")), "").unwrap();
        }
        // Of the same size, at another time.
        fs::write(root.join("app/file"), "other").unwrap();
        fs::write(root.join("app/src/a"), "a").unwrap();
    });
    let after = workspace.capture().await;
    let few = DiffOptions { files_max: 7, ..DiffOptions::default() };
    let exact = DiffOptions { files_max: 21, ..DiffOptions::default() };
    let short = DiffOptions { paths_max: 30, ..DiffOptions::default() };
    let late = DiffOptions { time: Duration::ZERO, ..DiffOptions::default() };
    for (options, files, truncated) in
        [(few, 7, true), (exact, 21, false), (short, 10, true), (late, 0, true)]
    {
        let found = diff_with(&node, &base, &after, &options).await;
        assert!(found.changes.len() <= files, "{options:?}: {found:?}");
        assert_eq!(found.truncated, truncated, "{options:?}");
    }
    assert_eq!(diff_with(&node, &base, &after, &few).await.changes.len(), 7);
    // What may not be read counts as changed if it was written at another time.
    let unread = DiffOptions { contents_max: 0, ..DiffOptions::default() };
    let found = diff_with(&node, &base, &after, &unread).await;
    let changed: Vec<_> = lines(&found).into_iter().filter(|line| line.starts_with('~')).collect();
    assert_eq!(changed, ["~ file", "~ src/a"]);
}

async fn a_merged_chain_differs_by_what_came_after(node: Node) {
    let (mut workspace, base) = based(&node).await;
    let flat = node.layer();
    node.driver.flatten(&base, &flat).await.unwrap();
    let merged = Chain::new(vec![flat]).unwrap();
    workspace.restore(&merged).await;
    let (after, found) = changed(&node, &mut workspace, &merged, |root| {
        fs::write(root.join("app/src/a"), "new").unwrap();
    })
    .await;
    assert_eq!(found, ["~ src/a"]);
    // Whether or not it is known what was merged.
    let options = DiffOptions::default();
    assert_eq!(lines(&diff_with(&node, &base, &after, &options).await), ["~ src/a"]);
    assert_eq!(diff_with(&node, &base, &merged, &options).await, Diff::default());
    if node.is_overlay() {
        let newest = after.newest().unwrap();
        let origin = base.under(newest).unwrap();
        let after = Lineage { chain: after, origin };
        let found = node.driver.diff(&Lineage::plain(base), &after, &options).await.unwrap();
        assert_eq!(lines(&found), ["~ src/a"]);
    }
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// The difference of two trees that were read whole.
pub(crate) fn difference(before: &tree::Tree, after: &tree::Tree) -> Vec<String> {
    let file =
        |node: &&tree::Node| matches!(node.kind, tree::Kind::File { .. } | tree::Kind::Symlink(_));
    let seen = |node: &tree::Node| (node.kind.clone(), node.mode);
    let mut paths: Vec<_> = before.keys().chain(after.keys()).collect();
    paths.sort();
    paths.dedup();
    let line = |path: &&std::path::PathBuf| {
        let at = |tree: &tree::Tree| tree.get(*path).filter(file).map(seen);
        let sign = match (at(before), at(after)) {
            (None, Some(_)) => '+',
            (Some(_), None) => '-',
            (one, other) if one != other => '~',
            _ => return None,
        };
        Some(format!("{sign} {}", path.display()))
    };
    paths.iter().filter_map(line).collect()
}
