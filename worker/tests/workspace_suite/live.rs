//! Captures of a running workspace. The container is paused meanwhile; here nobody writes.

use crate::kit::Node;
use crate::tree::{self, assert_same};
use sandboxd_worker::workspace::{Chain, Error};
use std::fs;

crate::for_both_drivers!(
    a_live_copy_equals_its_source,
    only_a_whole_copy_is_published,
    a_copy_from_before_a_reboot_is_not_published,
);

async fn a_live_copy_equals_its_source(node: Node) {
    let mut workspace = node.fork(&Chain::empty()).await;
    workspace.change(|root| {
        fs::create_dir_all(root.join("folder/inner")).unwrap();
        fs::write(root.join("folder/file"), "1").unwrap();
        fs::write(root.join("gone"), "").unwrap();
    });
    workspace.capture().await;
    let mounted = workspace.start();
    let root = mounted.path();
    fs::rename(root.join("folder"), root.join("moved")).unwrap();
    fs::remove_file(root.join("gone")).unwrap();
    fs::write(root.join("moved/file"), "2").unwrap();
    fs::hard_link(root.join("moved/file"), root.join("link")).unwrap();

    let (wanted, layer) = (tree::read(root), node.layer());
    let copied = node.driver.copy_live(&workspace.generation, &layer).await.unwrap();
    assert!(!copied.already);
    // Unpaused: what happens now is not in the snapshot.
    fs::write(root.join("later"), "").unwrap();
    fs::write(root.join("moved/file"), "3").unwrap();
    node.driver.publish(&layer).await.unwrap();
    node.driver.publish(&layer).await.unwrap();
    assert!(node.driver.copy_live(&workspace.generation, &layer).await.unwrap().already);

    let chain = node.driver.stack(&workspace.base, &layer).unwrap();
    assert_same(&node.snapshot(&chain).await, &wanted, "the live snapshot");
    assert_eq!(fs::read(root.join("moved/file")).unwrap(), b"3");
    assert!(node.driver.list().await.unwrap().tmp.is_empty());
}

async fn only_a_whole_copy_is_published(node: Node) {
    let layer = node.layer();
    fs::create_dir(node.data().join(format!("tmp/{layer}.0123456789abcdef.part"))).unwrap();
    let refused = node.driver.publish(&layer).await;
    assert!(matches!(&refused, Err(Error::NotCopied(name)) if *name == layer), "{refused:?}");

    let workspace = node.fork(&Chain::empty()).await;
    node.driver.copy_live(&workspace.generation, &layer).await.unwrap();
    node.driver.copy_live(&workspace.generation, &layer).await.unwrap();
    assert_eq!(node.driver.list().await.unwrap().tmp.len(), 1, "half copies are cleared away");
    assert!(!node.layer_path(&layer).exists());
}

/// After a power cut its files may have holes, although the directory is there.
async fn a_copy_from_before_a_reboot_is_not_published(node: Node) {
    let (workspace, layer) = (node.fork(&Chain::empty()).await, node.layer());
    node.driver.copy_live(&workspace.generation, &layer).await.unwrap();
    let tmp = node.data().join("tmp");
    let name = node.driver.list().await.unwrap().tmp[0].name().to_owned();
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap().replace('-', "");
    assert_eq!(name, format!("{layer}.{}", &boot[..12]));
    fs::rename(tmp.join(name), tmp.join(format!("{layer}.000000000000"))).unwrap();
    let refused = node.driver.publish(&layer).await;
    assert!(matches!(refused, Err(Error::NotCopied(_))), "{refused:?}");
    node.driver.copy_live(&workspace.generation, &layer).await.unwrap();
    node.driver.publish(&layer).await.unwrap();
}
