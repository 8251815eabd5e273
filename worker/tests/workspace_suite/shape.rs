//! Whatever shape a tree has, a snapshot of it shows the same tree.

use crate::kit::{Node, Workspace};
use crate::tree::{self, assert_same, set_attribute};
use rustix::fs::{CWD, FileType, Gid, Mode, Uid, chown, mknodat};
use sandboxd_worker::workspace::Chain;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;

crate::for_both_drivers!(
    a_new_workspace_belongs_to_the_sandbox,
    the_root_keeps_what_the_user_made_of_it,
    owners_modes_times_and_attributes,
    a_deleted_lower_file_stays_deleted,
    a_renamed_lower_directory_keeps_what_is_in_it,
    a_directory_made_again_is_empty,
    a_directory_becomes_a_file_and_back,
    symlinks_fifos_and_sockets,
    hard_links,
    a_restore_undoes_everything,
    a_flattened_chain_shows_the_same,
);

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Captures and compares the snapshot with the workspace, all over.
async fn capture_same(workspace: &mut Workspace<'_>) -> Chain {
    let before = workspace.tree();
    let chain = workspace.capture().await;
    assert_same(&workspace.tree(), &before, "the workspace after its capture");
    assert_same(&workspace.node.snapshot(&chain).await, &before, "a fork");
    chain
}

/// Two layers deep: files and folders that the tests then change.
async fn based(node: &Node) -> Workspace<'_> {
    let mut workspace = node.fork(&Chain::empty()).await;
    workspace.change(|root| {
        fs::create_dir_all(root.join("folder/inner")).unwrap();
        fs::write(root.join("folder/a"), "a").unwrap();
        fs::write(root.join("folder/inner/b"), "b").unwrap();
        fs::write(root.join("file"), "first").unwrap();
    });
    capture_same(&mut workspace).await;
    workspace.change(|root| fs::write(root.join("folder/c"), "c").unwrap());
    capture_same(&mut workspace).await;
    workspace
}

async fn a_new_workspace_belongs_to_the_sandbox(node: Node) {
    let workspace = node.fork(&Chain::empty()).await;
    let mounted = workspace.start();
    let root = fs::metadata(mounted.path()).unwrap();
    assert_eq!((root.uid(), root.gid(), root.mode() & 0o7777), (1000, 1000, 0o755));
    for private in ["w", "l", "tmp", "trash"] {
        let mode = fs::metadata(node.data().join(private)).unwrap().mode();
        assert_eq!(mode & 0o7777, 0o700, "{private} is open to other users of the host");
    }
}

async fn the_root_keeps_what_the_user_made_of_it(node: Node) {
    let mut workspace = node.fork(&Chain::empty()).await;
    workspace.change(|root| {
        set_attribute(root, "user.note", "mine");
        set_mode(root, 0o2711);
    });
    let chain = capture_same(&mut workspace).await;
    let root = node.snapshot(&chain).await.remove(Path::new("")).unwrap();
    assert_eq!(root.mode, 0o2711);
    assert_eq!(root.attributes["user.note"], b"mine");
}

async fn owners_modes_times_and_attributes(node: Node) {
    let mut workspace = based(&node).await;
    workspace.change(|root| {
        for (name, owner, mode) in [("own", 1000, 0o640), ("set", 1001, 0o4755), ("none", 0, 0)] {
            fs::write(root.join(name), name).unwrap();
            chown(root.join(name), Some(Uid::from_raw(owner)), Some(Gid::from_raw(owner))).unwrap();
            set_mode(&root.join(name), mode);
        }
        set_attribute(&root.join("own"), "user.one", "1");
        set_attribute(&root.join("folder"), "user.two", "2");
        set_mode(&root.join("folder/a"), 0o400);
    });
    let chain = capture_same(&mut workspace).await;
    let tree = node.snapshot(&chain).await;
    assert_eq!(tree[Path::new("set")].mode, 0o4755);
    assert_eq!(tree[Path::new("own")].owner, (1000, 1000));
    assert_eq!(tree[Path::new("own")].attributes["user.one"], b"1");
    assert_eq!(tree[Path::new("folder")].attributes["user.two"], b"2");
}

async fn a_deleted_lower_file_stays_deleted(node: Node) {
    let mut workspace = based(&node).await;
    workspace.change(|root| {
        fs::remove_file(root.join("file")).unwrap();
        fs::remove_dir_all(root.join("folder/inner")).unwrap();
    });
    let chain = capture_same(&mut workspace).await;
    let tree = node.snapshot(&chain).await;
    assert!(!tree.contains_key(Path::new("file")));
    assert!(!tree.contains_key(Path::new("folder/inner")));
    assert!(tree.contains_key(Path::new("folder/a")));
}

async fn a_renamed_lower_directory_keeps_what_is_in_it(node: Node) {
    let mut workspace = based(&node).await;
    workspace.change(|root| {
        // Twice and into another: an EXDEV here is what breaks build tools in forks.
        fs::rename(root.join("folder"), root.join("moved")).unwrap();
        fs::rename(root.join("moved/inner"), root.join("inner")).unwrap();
        fs::write(root.join("moved/new"), "new").unwrap();
    });
    capture_same(&mut workspace).await;
    workspace.change(|root| fs::rename(root.join("moved"), root.join("inner/again")).unwrap());
    let chain = capture_same(&mut workspace).await;
    let tree = node.snapshot(&chain).await;
    for path in ["inner/b", "inner/again/a", "inner/again/c", "inner/again/new"] {
        assert!(tree.contains_key(Path::new(path)), "{path} is missing");
    }
    assert!(!tree.contains_key(Path::new("folder")));
}

async fn a_directory_made_again_is_empty(node: Node) {
    let mut workspace = based(&node).await;
    workspace.change(|root| {
        fs::remove_dir_all(root.join("folder")).unwrap();
        fs::create_dir(root.join("folder")).unwrap();
        fs::write(root.join("folder/only"), "").unwrap();
    });
    let chain = capture_same(&mut workspace).await;
    let tree = node.snapshot(&chain).await;
    let inside: Vec<_> = tree.keys().filter(|path| path.starts_with("folder")).collect();
    assert_eq!(inside, [Path::new("folder"), Path::new("folder/only")]);
}

async fn a_directory_becomes_a_file_and_back(node: Node) {
    let mut workspace = based(&node).await;
    workspace.change(|root| {
        fs::remove_dir_all(root.join("folder")).unwrap();
        fs::write(root.join("folder"), "now a file").unwrap();
        fs::remove_file(root.join("file")).unwrap();
        fs::create_dir(root.join("file")).unwrap();
    });
    let swapped = capture_same(&mut workspace).await;
    workspace.change(|root| {
        fs::remove_file(root.join("folder")).unwrap();
        fs::create_dir(root.join("folder")).unwrap();
        fs::remove_dir(root.join("file")).unwrap();
        symlink("folder", root.join("file")).unwrap();
    });
    let back = capture_same(&mut workspace).await;
    assert!(matches!(
        node.snapshot(&swapped).await[Path::new("folder")].kind,
        tree::Kind::File { size: 10, .. }
    ));
    assert!(!node.snapshot(&back).await.contains_key(Path::new("folder/a")));
}

async fn symlinks_fifos_and_sockets(node: Node) {
    let mut workspace = node.fork(&Chain::empty()).await;
    let socket = std::cell::Cell::new(None);
    workspace.change(|root| {
        symlink("/etc/passwd", root.join("out")).unwrap();
        symlink("nowhere", root.join("dangling")).unwrap();
        mknodat(CWD, root.join("fifo"), FileType::Fifo, Mode::RUSR, 0).unwrap();
        socket.set(Some(std::os::unix::net::UnixListener::bind(root.join("socket")).unwrap()));
        socket.take();
    });
    let chain = capture_same(&mut workspace).await;
    let tree = node.snapshot(&chain).await;
    assert_eq!(tree[Path::new("out")].kind, tree::Kind::Symlink("/etc/passwd".into()));
    assert_eq!(tree[Path::new("fifo")].kind, tree::Kind::Fifo);
    assert_eq!(tree[Path::new("socket")].kind, tree::Kind::Socket);
}

/// The overlay's known difference from a plain file system, pinned: writing through one name of a
/// file that was linked in an older layer leaves the other name with the old content. The index
/// that would keep them together lives in the work directory, so forks would lose data.
async fn hard_links(node: Node) {
    let mut workspace = node.fork(&Chain::empty()).await;
    workspace.change(|root| {
        fs::write(root.join("a"), "old").unwrap();
        fs::hard_link(root.join("a"), root.join("b")).unwrap();
    });
    let chain = capture_same(&mut workspace).await;
    let linked = node.snapshot(&chain).await;
    assert_eq!(linked[Path::new("b")].linked_to.as_deref(), Some(Path::new("a")));

    workspace.change(|root| fs::write(root.join("a"), "new").unwrap());
    let chain = capture_same(&mut workspace).await;
    let fork = node.fork(&chain).await;
    let mounted = fork.start();
    let read = |name: &str| fs::read_to_string(mounted.path().join(name)).unwrap();
    let other = if node.is_overlay() { "old" } else { "new" };
    assert_eq!((read("a").as_str(), read("b").as_str()), ("new", other));
}

async fn a_restore_undoes_everything(node: Node) {
    let mut workspace = based(&node).await;
    let (chain, before) = (workspace.capture().await, workspace.tree());
    workspace.change(|root| {
        fs::remove_dir_all(root.join("folder")).unwrap();
        fs::write(root.join("file"), "broken").unwrap();
        set_mode(root, 0o700);
    });
    workspace.restore(&chain).await;
    assert_same(&workspace.tree(), &before, "the restored workspace");
}

async fn a_flattened_chain_shows_the_same(node: Node) {
    let mut workspace = based(&node).await;
    workspace.change(|root| {
        fs::rename(root.join("folder"), root.join("moved")).unwrap();
        fs::remove_file(root.join("file")).unwrap();
        fs::write(root.join("linked"), "x").unwrap();
        fs::hard_link(root.join("linked"), root.join("moved/other")).unwrap();
        set_attribute(&root.join("moved"), "user.note", "kept");
        set_mode(root, 0o750);
    });
    let chain = workspace.capture().await;
    let wanted = node.snapshot(&chain).await;
    let layers: Vec<_> =
        chain.layers().iter().map(|layer| tree::read(&node.layer_path(layer))).collect();

    let flat = node.layer();
    node.driver.flatten(&chain, &flat).await.unwrap();
    node.driver.flatten(&chain, &flat).await.unwrap();

    let merged = Chain::new(vec![flat.clone()]).unwrap();
    assert_same(&node.snapshot(&merged).await, &wanted, "the flattened chain");
    for (layer, before) in chain.layers().iter().zip(&layers) {
        assert_same(&tree::read(&node.layer_path(layer)), before, "an old layer");
    }
    let raw = tree::read(&node.layer_path(&flat));
    let mut marks = raw.values().flat_map(|entry| entry.attributes.keys());
    assert_eq!(marks.find(|name| name.starts_with("trusted.")), None);
    assert!(raw.values().all(|entry| entry.kind != tree::Kind::Whiteout));
}
