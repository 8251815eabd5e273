//! Templates and git histories: once, whole, and never over somebody's work.

use std::fs;

use crate::harness::{Workspace, until};

const ID: &str = "01J0000000000000000000000A";

#[test]
fn a_new_workspace_gets_the_template_and_its_first_commit() {
    let workspace = Workspace::new()
        .template("index.html", "hello")
        .template(".gitignore", "node_modules\n")
        .template("node_modules/dep/index.js", "");
    let init = workspace.start();
    let status = init.state("none");
    assert_eq!(status["seeded"], true);
    assert_eq!(status["git_reset"], false);
    assert_eq!(fs::read_to_string(workspace.app().join("index.html")).unwrap(), "hello");
    assert!(workspace.app().join("node_modules/dep/index.js").exists());
    assert_eq!(workspace.git(&["status", "--porcelain"]), "");
    assert_eq!(workspace.git(&["ls-files"]), ".gitignore\nindex.html");
    let log = workspace.git(&["log", "--format=%an <%ae> %D"]);
    assert_eq!(log, "sandbox <sandbox@localhost> HEAD -> main");
}

#[test]
fn a_killed_seeding_is_done_again_whole() {
    let mut workspace = Workspace::new();
    for n in 0..300 {
        workspace = workspace.template(&format!("f{n}/file"), "x");
    }
    let seeding = workspace.home().join(".sandboxd/seeding");
    let mut init = workspace.start();
    until("the copy", || seeding.join("f0/file").exists().then_some(()));
    init.kill();
    let init = workspace.start();
    init.state("none");
    assert_eq!(workspace.git(&["ls-files"]).lines().count(), 300);
    assert_eq!(workspace.git(&["status", "--porcelain"]), "");
    assert!(!seeding.exists());
}

#[test]
fn a_half_made_copy_is_thrown_away() {
    let workspace = Workspace::new().template("index.html", "hello");
    for stale in ["seeding", "seeding-git/.git"] {
        let folder = workspace.home().join(".sandboxd").join(stale);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("stale"), "").unwrap();
    }
    let init = workspace.start();
    init.state("none");
    assert_eq!(workspace.git(&["ls-files"]), "index.html");
    assert_eq!(workspace.git(&["status", "--porcelain"]), "");
    assert!(!workspace.app().join(".git/stale").exists());
}

#[test]
fn an_app_that_is_there_is_left_alone() {
    let workspace = Workspace::new().template("index.html", "hello").app_file("mine", "");
    let init = workspace.start();
    assert_eq!(init.state("none")["seeded"], true);
    assert!(!workspace.app().join("index.html").exists());
}

#[test]
fn an_app_that_was_removed_stays_removed() {
    let workspace = Workspace::new().template("index.html", "hello");
    let mut init = workspace.start();
    init.state("none");
    init.terminate();
    fs::remove_dir_all(workspace.app()).unwrap();
    let init = workspace.start();
    init.state("none");
    assert_eq!(fs::read_dir(workspace.app()).unwrap().count(), 0);
}

#[test]
fn a_template_that_does_not_exist_is_a_failure_that_says_so() {
    let init = Workspace::new().with("SANDBOXD_TEMPLATE", "nope").start();
    let status = init.state("failed");
    assert_eq!(status["seeded"], false);
    assert!(status["error"].as_str().unwrap().contains("nope"), "{status}");
}

#[test]
fn a_fork_gets_a_history_of_its_own_once() {
    let source = Workspace::new().template("index.html", "hello");
    let mut init = source.start();
    init.state("none");
    source.git(&["commit", "--allow-empty", "-m", "second"]);
    init.terminate();
    fs::write(source.app().join("uncommitted"), "kept").unwrap();

    let fork = source.with("SANDBOXD_GIT_RESET", ID);
    let mut init = fork.start();
    assert_eq!(init.state("none")["git_reset"], true);
    assert_eq!(fork.git(&["log", "--format=%s"]), "Start from a fork");
    assert_eq!(fork.git(&["ls-files"]), "index.html\nuncommitted");
    assert_eq!(fork.git(&["status", "--porcelain"]), "");

    fork.git(&["commit", "--allow-empty", "-m", "mine"]);
    init.terminate();
    let mut init = fork.start();
    init.state("none");
    assert_eq!(fork.git(&["log", "--format=%s"]), "mine\nStart from a fork");
    init.terminate();

    let fork_of_fork = fork.with("SANDBOXD_GIT_RESET", "01J0000000000000000000000B");
    let init = fork_of_fork.start();
    init.state("none");
    assert_eq!(fork_of_fork.git(&["log", "--format=%s"]), "Start from a fork");
}

#[test]
fn an_interrupted_reset_is_done_again() {
    let workspace = Workspace::new().template("index.html", "hello");
    workspace.start().state("none");
    // The old history was moved away, the new one isn't in place.
    let state = workspace.home().join(".sandboxd");
    fs::rename(workspace.app().join(".git"), state.join("git-old")).unwrap();
    fs::create_dir_all(state.join("git-new/half")).unwrap();
    let workspace = workspace.with("SANDBOXD_GIT_RESET", ID);
    let init = workspace.start();
    assert_eq!(init.state("none")["git_reset"], true);
    assert_eq!(workspace.git(&["log", "--format=%s"]), "Start from a fork");
    assert!(!state.join("git-old").exists() && !state.join("git-new").exists());
}

#[test]
fn the_users_own_git_settings_do_not_break_ours() {
    let workspace = Workspace::new().template("index.html", "hello");
    let broken = "[commit]\n\tgpgsign = true\n[gpg]\n\tprogram = false\n";
    fs::write(workspace.home().join(".gitconfig"), broken).unwrap();
    let init = workspace.start();
    init.state("none");
    assert_eq!(workspace.git(&["rev-list", "--count", "HEAD"]), "1");
}
