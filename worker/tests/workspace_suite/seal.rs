//! What makes a layer safe: nothing mounts it, it has one name, and it never changes.

use crate::kit::Node;
use rustix::mount::{UnmountFlags, unmount};
use sandboxd_worker::workspace::{
    Chain, DriverKind, Error, Generation, LayerName, Sealed, Settings, open,
};
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

crate::for_both_drivers!(
    nothing_is_sealed_or_discarded_while_mounted,
    nothing_is_sealed_while_another_namespace_mounts_it,
    a_second_seal_is_told_from_the_first,
    a_sealed_generation_is_not_made_again,
    a_layer_in_use_is_not_removed,
    names_that_are_not_there,
    empty_and_usage,
    the_inventory_tells_what_is_on_disk,
    a_data_directory_belongs_to_one_driver,
);

async fn nothing_is_sealed_or_discarded_while_mounted(node: Node) {
    let workspace = node.fork(&Chain::empty()).await;
    let layer = node.layer();
    let mounted = workspace.start();
    fs::write(mounted.path().join("file"), "x").unwrap();
    let sealed = node.driver.seal(&workspace.generation, &layer).await;
    assert!(matches!(sealed, Err(Error::StillMounted { .. })), "{sealed:?}");
    let discarded = node.driver.discard(&workspace.generation).await;
    assert!(matches!(discarded, Err(Error::StillMounted { .. })), "{discarded:?}");
    assert!(!node.layer_path(&layer).exists());
    assert!(workspace.upper().join("file").exists());

    mounted.detach();
    node.driver.seal(&workspace.generation, &layer).await.unwrap();
    assert!(node.layer_path(&layer).join("file").exists());
}

/// Holds one mount in a copied mount table until its input ends. The other mounts of this suite
/// are let go, or tests that run beside this one would wait for them.
const HOLD: &str = r#"while read -r _ _ _ _ point _; do
    case "$point" in "$1") ;; */m[0-9]*) umount -l "$point" ;; esac
done < /proc/self/mountinfo; echo ready; cat"#;

async fn nothing_is_sealed_while_another_namespace_mounts_it(node: Node) {
    let workspace = node.fork(&Chain::empty()).await;
    let mounted = workspace.start();
    let mut child = Command::new("unshare")
        .args(["-m", "--propagation", "private", "sh", "-c", HOLD, "sh"])
        .arg(mounted.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut ready = [0; 6];
    child.stdout.as_mut().unwrap().read_exact(&mut ready).unwrap();
    mounted.detach();

    let sealed = node.driver.seal(&workspace.generation, &node.layer()).await;
    drop(child.stdin.take());
    child.wait().unwrap();
    assert!(matches!(sealed, Err(Error::StillMounted { .. })), "{sealed:?}");
    node.driver.seal(&workspace.generation, &node.layer()).await.unwrap();
}

/// No mount table shows this one; only the kernel knows.
#[tokio::test]
async fn an_overlay_that_was_detached_with_an_open_file_is_not_sealed() {
    let node = Node::overlay().await;
    let workspace = node.fork(&Chain::empty()).await;
    let mounted = workspace.start();
    let mut open = fs::File::create(mounted.path().join("late")).unwrap();
    mounted.detach();

    let sealed = node.driver.seal(&workspace.generation, &node.layer()).await;
    assert!(matches!(sealed, Err(Error::StillMounted { .. })), "{sealed:?}");
    std::io::Write::write_all(&mut open, b"written late").unwrap();
    drop(open);
    let layer = node.layer();
    node.driver.seal(&workspace.generation, &layer).await.unwrap();
    let late = fs::read_to_string(node.layer_path(&layer).join("late")).unwrap();
    assert_eq!(late, "written late");
}

/// An unmount that is under way is waited for, so that a seal right after a stop succeeds.
#[tokio::test]
async fn a_seal_waits_for_an_unmount() {
    let node = Node::overlay().await;
    let workspace = node.fork(&Chain::empty()).await;
    let mounted = workspace.start();
    let layer = node.layer();
    let seal = node.driver.seal(&workspace.generation, &layer);
    let unmount = async {
        tokio::task::yield_now().await;
        mounted.detach();
    };
    let (sealed, ()) = tokio::join!(seal, unmount);
    assert_eq!(sealed.unwrap(), Sealed { layer, already: false });
}

async fn a_second_seal_is_told_from_the_first(node: Node) {
    let workspace = node.fork(&Chain::empty()).await;
    let layer = node.layer();
    let first = node.driver.seal(&workspace.generation, &layer).await.unwrap();
    let second = node.driver.seal(&workspace.generation, &layer).await.unwrap();
    assert_eq!((first.already, second.already), (false, true));

    let other = node.fork(&Chain::empty()).await;
    let taken = node.driver.seal(&other.generation, &layer).await;
    assert!(matches!(taken, Err(Error::LayerTaken(name)) if name == layer));
    assert!(other.upper().exists());
}

async fn a_sealed_generation_is_not_made_again(node: Node) {
    let workspace = node.fork(&Chain::empty()).await;
    workspace.change(|root| fs::write(root.join("kept"), "").unwrap());
    node.driver.create(&workspace.generation, &workspace.base).await.unwrap();
    assert!(workspace.upper().join("kept").exists(), "a second create emptied the workspace");
    node.driver.seal(&workspace.generation, &node.layer()).await.unwrap();
    let again = node.driver.create(&workspace.generation, &workspace.base).await;
    assert!(matches!(again, Err(Error::GenerationSealed(_))), "{again:?}");
}

async fn a_layer_in_use_is_not_removed(node: Node) {
    let mut workspace = node.fork(&Chain::empty()).await;
    workspace.change(|root| fs::write(root.join("file"), "x").unwrap());
    let chain = workspace.capture().await;
    let layer = chain.newest().unwrap();
    if node.is_overlay() {
        let mounted = workspace.start();
        let removed = node.driver.remove_layer(layer).await;
        assert!(matches!(removed, Err(Error::StillMounted { .. })), "{removed:?}");
        assert_eq!(fs::read(mounted.path().join("file")).unwrap(), b"x");
    }
    node.driver.remove_layer(layer).await.unwrap();
    node.driver.remove_layer(layer).await.unwrap();
    assert!(!node.layer_path(layer).exists());
    let gone = node.driver.mount(&workspace.generation, &chain);
    assert!(matches!(gone, Err(Error::LayerMissing(name)) if name == *layer));
}

async fn names_that_are_not_there(node: Node) {
    let driver = &node.driver;
    let (generation, layer) = (Generation::new("nobody", 1).unwrap(), node.layer());
    let chain = Chain::new(vec![layer.clone()]).unwrap();
    assert!(matches!(driver.create(&generation, &chain).await, Err(Error::LayerMissing(_))));
    assert!(matches!(driver.mount(&generation, &Chain::empty()), Err(Error::GenerationMissing(_))));
    assert!(matches!(driver.seal(&generation, &layer).await, Err(Error::GenerationMissing(_))));
    assert!(matches!(
        driver.copy_live(&generation, &layer).await,
        Err(Error::GenerationMissing(_))
    ));
    assert!(matches!(driver.measure(&layer, None).await, Err(Error::LayerMissing(_))));
    assert!(matches!(driver.flatten(&chain, &node.layer()).await, Err(Error::LayerMissing(_))));
    driver.discard(&generation).await.unwrap();
    driver.remove_layer(&layer).await.unwrap();
    assert!(driver.list().await.unwrap().layers.is_empty());
}

async fn empty_and_usage(node: Node) {
    let workspace = node.fork(&Chain::empty()).await;
    let driver = &node.driver;
    assert!(driver.is_empty(&workspace.generation).await.unwrap());
    workspace.change(|root| {
        fs::create_dir(root.join("folder")).unwrap();
        fs::write(root.join("folder/file"), vec![7; 1 << 20]).unwrap();
        fs::hard_link(root.join("folder/file"), root.join("link")).unwrap();
        fs::File::create(root.join("hole")).unwrap().set_len(1 << 30).unwrap();
    });
    assert!(!driver.is_empty(&workspace.generation).await.unwrap());
    // The file system may allocate late.
    rustix::fs::sync();
    let usage = driver.usage(&workspace.generation, None).await.unwrap().unwrap();
    assert_eq!(usage.files, 4);
    assert!((1 << 20..2 << 20).contains(&usage.bytes), "{usage:?}");
    let none = driver.usage(&workspace.generation, Some(std::time::Duration::ZERO)).await;
    assert_eq!(none.unwrap(), None);
    let layer = node.layer();
    driver.seal(&workspace.generation, &layer).await.unwrap();
    assert_eq!(driver.measure(&layer, None).await.unwrap(), Some(usage));
    assert!(driver.free_bytes().unwrap() > 0);
}

async fn the_inventory_tells_what_is_on_disk(node: Node) {
    let workspace = node.fork(&Chain::empty()).await;
    let (sealed, layer) = (node.fork(&Chain::empty()).await, node.layer());
    node.driver.seal(&sealed.generation, &layer).await.unwrap();
    let odd = [node.data().join("l/Odd"), node.data().join("w/sb0/g01")];
    odd.iter().for_each(|path| fs::create_dir_all(path).unwrap());
    fs::create_dir(node.data().join("tmp/left.part")).unwrap();

    let mut found = node.driver.list().await.unwrap();
    found.generations.sort_by_key(|entry| entry.generation.clone());
    found.foreign.sort();
    let generations: Vec<_> =
        found.generations.iter().map(|entry| (&entry.generation, entry.has_upper)).collect();
    assert_eq!(generations, [(&workspace.generation, true), (&sealed.generation, false)]);
    assert_eq!(found.layers.iter().map(|entry| &entry.layer).collect::<Vec<_>>(), [&layer]);
    assert!(found.layers[0].changed_ms > 1_600_000_000_000);
    assert_eq!(found.foreign, odd);
    assert_eq!(found.tmp.len(), 1);
    node.driver.discard_tmp(&found.tmp[0]).await.unwrap();
    node.driver.discard_tmp(&found.tmp[0]).await.unwrap();
    assert!(node.driver.list().await.unwrap().tmp.is_empty());
}

async fn a_data_directory_belongs_to_one_driver(node: Node) {
    let (own, other) = match node.driver.kind() {
        DriverKind::Overlay => (DriverKind::Overlay, DriverKind::Copy),
        DriverKind::Copy => (DriverKind::Copy, DriverKind::Overlay),
    };
    open(&node.data(), own, Settings::default()).await.unwrap();
    let refused = open(&node.data(), other, Settings::default()).await;
    assert!(matches!(refused, Err(Error::OtherDriver { .. })), "{refused:?}");
}

#[tokio::test]
async fn paths_that_would_split_the_options_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    for bad in ["a,b", "a:b", "a b", "a\\b", "ä"] {
        let data = dir.path().join(bad);
        fs::create_dir(&data).unwrap();
        let refused = open(&data, DriverKind::Overlay, Settings::default()).await;
        assert!(matches!(refused, Err(Error::BadDataPath { .. })), "{bad}: {refused:?}");
    }
}

#[tokio::test]
async fn a_mount_between_the_folders_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let layers = dir.path().join("l");
    fs::create_dir(&layers).unwrap();
    rustix::mount::mount_bind(&layers, &layers).unwrap();
    let refused = open(dir.path(), DriverKind::Overlay, Settings::default()).await;
    unmount(&layers, UnmountFlags::empty()).unwrap();
    assert!(matches!(refused, Err(Error::BadDataPath { path, .. }) if path == layers));
}

#[tokio::test]
async fn a_file_system_without_attributes_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let none = rustix::mount::MountFlags::empty();
    rustix::mount::mount("ramfs", dir.path(), "ramfs", none, None).unwrap();
    let refused = open(dir.path(), DriverKind::Overlay, Settings::default()).await;
    unmount(dir.path(), UnmountFlags::empty()).unwrap();
    assert!(matches!(refused, Err(Error::CopierUnfit(_))), "{refused:?}");
}

#[test]
fn a_layer_path_is_made_of_a_checked_name() {
    assert!(LayerName::new("../../etc").is_err());
    assert!(Generation::new("../w", 1).is_err());
    assert!(Path::new("/l").join(LayerName::new("abc").unwrap().as_str()).ends_with("l/abc"));
}
