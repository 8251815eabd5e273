//! How deep a chain may be, and that no option string is ever cut.

use crate::kit::{Mounted, Node};
use sandboxd_worker::workspace::{
    CHAIN_MAX, COMPACT_AT, Chain, DriverKind, Error, Generation, LayerName, Mount, OPTIONS_MAX,
    Settings, open,
};
use std::fs;
use std::path::Path;

/// Layers with the longest names, each with a file of its name; newest first.
fn layers(data: &Path, count: usize) -> Vec<LayerName> {
    let make = |index: usize| {
        let name = format!("l{index:015}");
        fs::create_dir(data.join("l").join(&name)).unwrap();
        fs::write(data.join("l").join(&name).join(format!("file{index}")), "").unwrap();
        LayerName::new(name).unwrap()
    };
    (0..count).map(make).collect()
}

fn text(mount: &Mount) -> &str {
    match mount {
        Mount::Volume { options, .. } => &options["o"],
        Mount::Bind { .. } => panic!("not an overlay"),
    }
}

#[tokio::test]
async fn a_chain_at_its_limit_mounts_and_one_beyond_is_refused() {
    let node = Node::overlay().await;
    let max = node.driver.max_depth();
    // Where temporary directories have short names it is all of them; a unit test pins that.
    assert!((65..=CHAIN_MAX).contains(&max), "{max}");
    assert_eq!(node.driver.compact_at(), COMPACT_AT.min(max * 2 / 3));
    let all = layers(&node.data(), max + 1);
    let deep = Chain::new(all[..max].to_vec()).unwrap();
    let tree = node.snapshot(&deep).await;
    assert_eq!(tree.len(), max + 1);

    let beyond = Chain::new(all).unwrap();
    let generation = Generation::new("deep", 1).unwrap();
    let too_deep = |outcome| matches!(outcome, Err(Error::TooDeep { depth, max: limit }) if depth == max + 1 && limit == max);
    assert!(too_deep(node.driver.create(&generation, &beyond).await));
    assert!(too_deep(node.driver.flatten(&beyond, &node.layer()).await));
    node.driver.create(&generation, &deep).await.unwrap();
    assert!(too_deep(node.driver.mount(&generation, &beyond).map(drop)));
    let flat = node.layer();
    node.driver.flatten(&deep, &flat).await.unwrap();
    assert_eq!(fs::read_dir(node.layer_path(&flat)).unwrap().count(), max);
}

/// With the longest names on a long path the deepest chain still arrives whole at the kernel:
/// the oldest layer's file is the last in the string.
#[tokio::test]
async fn a_long_data_path_makes_chains_shorter_and_never_cuts_them() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("d".repeat(200));
    fs::create_dir_all(&data).unwrap();
    let driver = open(&data, DriverKind::Overlay, Settings::default()).await.unwrap();
    let max = driver.max_depth();
    assert!((8..20).contains(&max), "{max}");
    assert_eq!(driver.compact_at(), max * 2 / 3);

    let chain = Chain::new(layers(&data, max)).unwrap();
    let generation = Generation::new("s".repeat(32), u32::MAX).unwrap();
    driver.create(&generation, &chain).await.unwrap();
    let mount = driver.mount(&generation, &chain).unwrap();
    let length = text(&mount).len();
    let one_layer = data.as_os_str().len() + "/l/".len() + 16 + 1;
    assert!(length <= OPTIONS_MAX && length + one_layer > OPTIONS_MAX, "{length} for {max}");
    let mounted = Mounted::new(&mount, dir.path().join("m"));
    assert!(mounted.path().join(format!("file{}", max - 1)).exists());
    fs::write(mounted.path().join("new"), "").unwrap();
}

#[tokio::test]
async fn a_data_path_too_long_for_any_chain_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let data = (0..3).fold(dir.path().to_owned(), |path, _| path.join("d".repeat(200)));
    fs::create_dir_all(&data).unwrap();
    let refused = open(&data, DriverKind::Overlay, Settings::default()).await;
    assert!(matches!(refused, Err(Error::BadDataPath { .. })), "{refused:?}");
}

#[tokio::test]
async fn the_options_are_those_that_keep_data() {
    let node = Node::overlay().await;
    let generation = Generation::new("opt", 3).unwrap();
    node.driver.create(&generation, &Chain::empty()).await.unwrap();
    let mount = node.driver.mount(&generation, &Chain::empty()).unwrap();
    let data = node.data();
    let data = data.display();
    assert_eq!(
        text(&mount),
        format!(
            "nosuid,nodev,noatime,redirect_dir=on,metacopy=off,index=off,\
             upperdir={data}/w/opt/g3/upper,workdir={data}/w/opt/g3/work,lowerdir={data}/l/empty"
        )
    );
    assert!(matches!(mount, Mount::Volume { name, .. } if name == "s-opt-g3"));
}

#[tokio::test]
async fn the_copy_driver_stands_on_one_layer() {
    let node = Node::copy().await;
    assert_eq!(node.driver.max_depth(), 1);
    assert!(node.driver.compact_at() > node.driver.max_depth());
    let chain = Chain::new(layers(&node.data(), 2)).unwrap();
    let generation = Generation::new("deep", 1).unwrap();
    let refused = node.driver.create(&generation, &chain).await;
    assert!(matches!(refused, Err(Error::TooDeep { depth: 2, max: 1 })), "{refused:?}");
}
