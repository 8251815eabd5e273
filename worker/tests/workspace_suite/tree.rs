//! All that can be seen of a tree, to compare two of them.

use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::fs::{self, Metadata};
use std::hash::{Hash, Hasher};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

pub(crate) type Tree = BTreeMap<PathBuf, Node>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) mode: u32,
    pub(crate) owner: (u32, u32),
    /// Seconds and nanoseconds.
    pub(crate) modified: (i64, i64),
    pub(crate) attributes: BTreeMap<String, Vec<u8>>,
    /// The first path of the same file, if it has several.
    pub(crate) linked_to: Option<PathBuf>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Directory,
    File { size: u64, hash: u64 },
    Symlink(PathBuf),
    Fifo,
    Socket,
    Whiteout,
    Device,
}

/// Everything below and including `root`, whose own path is empty.
pub(crate) fn read(root: &Path) -> Tree {
    let mut tree = Tree::new();
    let mut links = BTreeMap::new();
    let mut pending = vec![PathBuf::new()];
    while let Some(below) = pending.pop() {
        let path = root.join(&below);
        let metadata = fs::symlink_metadata(&path).unwrap();
        if metadata.is_dir() {
            let names = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name());
            pending.extend(names.map(|name| below.join(name)));
        } else if metadata.nlink() > 1 {
            links.entry(metadata.ino()).or_insert_with(Vec::new).push(below.clone());
        }
        tree.insert(below, node(&path, &metadata));
    }
    for mut paths in links.into_values().filter(|paths| paths.len() > 1) {
        paths.sort();
        for path in &paths {
            tree.get_mut(path).unwrap().linked_to = Some(paths[0].clone());
        }
    }
    tree
}

/// The tree without what two histories of the same content may differ in.
pub(crate) fn content(mut tree: Tree) -> Tree {
    for node in tree.values_mut() {
        node.modified = (0, 0);
        node.linked_to = None;
    }
    tree
}

/// Fails with the entries that differ, not with two whole trees.
#[track_caller]
pub(crate) fn assert_same(found: &Tree, wanted: &Tree, what: &str) {
    let paths = found.keys().chain(wanted.keys());
    let mut differing: Vec<_> =
        paths.filter(|path| found.get(*path) != wanted.get(*path)).collect();
    differing.sort();
    differing.dedup();
    let shown: Vec<_> =
        differing.iter().take(5).map(|path| (path, found.get(*path), wanted.get(*path))).collect();
    assert!(differing.is_empty(), "{what}: {} entries differ: {shown:#?}", differing.len());
}

fn node(path: &Path, metadata: &Metadata) -> Node {
    let kind = metadata.file_type();
    let kind = if kind.is_dir() {
        Kind::Directory
    } else if kind.is_symlink() {
        Kind::Symlink(fs::read_link(path).unwrap())
    } else if kind.is_fifo() {
        Kind::Fifo
    } else if kind.is_socket() {
        Kind::Socket
    } else if kind.is_char_device() && metadata.rdev() == 0 {
        Kind::Whiteout
    } else if kind.is_file() {
        let mut hasher = DefaultHasher::new();
        fs::read(path).unwrap().hash(&mut hasher);
        Kind::File { size: metadata.len(), hash: hasher.finish() }
    } else {
        Kind::Device
    };
    Node {
        kind,
        mode: metadata.mode() & 0o7777,
        owner: (metadata.uid(), metadata.gid()),
        modified: (metadata.mtime(), metadata.mtime_nsec()),
        attributes: attributes(path),
        linked_to: None,
    }
}

pub(crate) fn attributes(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut names = vec![0_u8; 4096];
    let length = rustix::fs::llistxattr(path, &mut names).unwrap();
    let names = names[..length].split(|byte| *byte == 0).filter(|name| !name.is_empty());
    names
        .map(|name| {
            let mut value = vec![0_u8; 4096];
            let length = rustix::fs::lgetxattr(path, name, &mut value).unwrap();
            value.truncate(length);
            (std::ffi::OsStr::from_bytes(name).to_string_lossy().into_owned(), value)
        })
        .collect()
}

pub(crate) fn set_attribute(path: &Path, name: &str, value: &str) {
    let flags = rustix::fs::XattrFlags::empty();
    rustix::fs::lsetxattr(path, name, value.as_bytes(), flags).unwrap();
}
