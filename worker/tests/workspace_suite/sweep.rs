//! The trash: bounded, unimpressed by depth, and never out of its folder.

use crate::kit::Node;
use rustix::fs::{Mode, OFlags, mkdirat, openat};
use rustix::mount::{UnmountFlags, mount_bind, unmount};
use sandboxd_worker::workspace::{Chain, Error};
use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::symlink;
use std::path::Path;

crate::for_both_drivers!(
    a_sweep_is_bounded_and_ends_with_nothing_left,
    a_sweep_stays_inside,
    a_tree_too_deep_to_name,
);

fn left(node: &Node) -> usize {
    fs::read_dir(node.data().join("trash")).unwrap().count()
}

async fn a_sweep_is_bounded_and_ends_with_nothing_left(node: Node) {
    let workspace = node.fork(&Chain::empty()).await;
    workspace.change(|root| {
        for folder in 0..10 {
            let folder = root.join(format!("folder{folder}/inner"));
            fs::create_dir_all(&folder).unwrap();
            (0..10).for_each(|n| fs::write(folder.join(n.to_string()), "").unwrap());
        }
    });
    while node.driver.sweep_trash(1000).await.unwrap() > 0 {}
    node.driver.discard(&workspace.generation).await.unwrap();
    assert_eq!(left(&node), 1);

    let mut sum = 0;
    loop {
        let done = node.driver.sweep_trash(7).await.unwrap();
        assert!(done <= 7);
        if done == 0 {
            break;
        }
        sum += done;
    }
    // 100 files, 20 folders, and the directories of the generation.
    assert!(sum >= 122, "{sum}");
    assert_eq!(left(&node), 0);
}

async fn a_sweep_stays_inside(node: Node) {
    let outside = node.dir.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("precious"), "").unwrap();
    let workspace = node.fork(&Chain::empty()).await;
    workspace.change(|root| {
        symlink(&outside, root.join("link")).unwrap();
        fs::create_dir_all(root.join("deep/point")).unwrap();
    });
    node.driver.discard(&workspace.generation).await.unwrap();
    let trash = node.data().join("trash");
    let entry = fs::read_dir(&trash).unwrap().next().unwrap().unwrap().path();
    // Once on the entry and once deep in it.
    for point in [entry.join("upper/deep/point"), trash.join("mounted")] {
        fs::create_dir_all(&point).unwrap();
        mount_bind(&outside, &point).unwrap();
        while node.driver.sweep_trash(1000).await.unwrap() > 0 {}
        assert!(outside.join("precious").exists(), "deleted through {}", point.display());
        assert!(point.join("precious").exists());
        unmount(&point, UnmountFlags::empty()).unwrap();
        while node.driver.sweep_trash(1000).await.unwrap() > 0 {}
        assert_eq!(left(&node), 0);
        assert!(outside.join("precious").exists());
    }
}

/// Each step has a short name, but the path of the last is far too long for the kernel.
fn dig(root: &Path, depth: usize) {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY;
    let mut here: OwnedFd = rustix::fs::open(root, flags, Mode::empty()).unwrap();
    for _ in 0..depth {
        mkdirat(&here, "deeper", Mode::RWXU).unwrap();
        here = openat(&here, "deeper", flags, Mode::empty()).unwrap();
    }
}

async fn a_tree_too_deep_to_name(node: Node) {
    let workspace = node.fork(&Chain::empty()).await;
    workspace.change(|root| dig(root, 2000));
    let counted = node.driver.usage(&workspace.generation, None).await;
    assert!(matches!(counted, Err(Error::TreeTooDeep { .. })), "{counted:?}");
    let copied = node.driver.copy_live(&workspace.generation, &node.layer()).await;
    assert!(matches!(copied, Err(Error::CopyFailed { .. })), "{copied:?}");
    node.driver.discard(&workspace.generation).await.unwrap();
    while node.driver.sweep_trash(300).await.unwrap() > 0 {}
    assert!(fs::read_dir(node.data().join("trash")).unwrap().next().is_none());
}
