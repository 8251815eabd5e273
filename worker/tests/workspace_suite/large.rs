//! Sparse and large files.

use crate::kit::Node;
use sandboxd_worker::workspace::Chain;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

crate::for_both_drivers!(a_sparse_file_stays_sparse, a_large_file_is_whole);

const SPARSE: u64 = 300 << 20;
const LARGE: u64 = 64 << 20;

fn write_at(path: &Path, at: u64, bytes: &[u8]) {
    let mut file = File::options().write(true).create(true).truncate(false).open(path).unwrap();
    file.seek(SeekFrom::Start(at)).unwrap();
    file.write_all(bytes).unwrap();
}

async fn a_sparse_file_stays_sparse(node: Node) {
    let mut workspace = node.fork(&Chain::empty()).await;
    workspace.change(|root| {
        write_at(&root.join("sparse"), SPARSE, b"end");
        write_at(&root.join("sparse"), SPARSE / 2, b"middle");
    });
    let chain = workspace.capture().await;
    let flat = node.layer();
    node.driver.flatten(&chain, &flat).await.unwrap();
    let live = node.layer();
    let fork = node.fork(&chain).await;
    // A copy up in the overlay, a change in place in a copy.
    fork.change(|root| write_at(&root.join("sparse"), 0, b"start"));
    node.driver.copy_live(&fork.generation, &live).await.unwrap();
    node.driver.publish(&live).await.unwrap();
    for layer in [&flat, &live] {
        let path = node.layer_path(layer).join("sparse");
        let found = fs::metadata(&path).unwrap();
        assert_eq!(found.len(), SPARSE + 3);
        assert!(found.blocks() * 512 < 4 << 20, "{} bytes allocated", found.blocks() * 512);
        let mut middle = [0; 6];
        let mut file = File::open(&path).unwrap();
        file.seek(SeekFrom::Start(SPARSE / 2)).unwrap();
        file.read_exact(&mut middle).unwrap();
        assert_eq!(&middle, b"middle");
    }
}

async fn a_large_file_is_whole(node: Node) {
    let mut workspace = node.fork(&Chain::empty()).await;
    let block: Vec<u8> = (0..1_u32 << 18).flat_map(|n| (n ^ 0x5A5A_A5A5).to_ne_bytes()).collect();
    workspace.change(|root| {
        (0..LARGE >> 20).for_each(|n| write_at(&root.join("large"), n << 20, &block));
    });
    let before = workspace.tree();
    let chain = workspace.capture().await;
    let flat = node.layer();
    node.driver.flatten(&chain, &flat).await.unwrap();
    let merged = Chain::new(vec![flat]).unwrap();
    for chain in [chain, merged] {
        crate::tree::assert_same(&node.snapshot(&chain).await, &before, "the large file");
    }
}
