//! Random work over many generations, beside a plain directory that does the same.

use crate::kit::{Node, Workspace};
use crate::rng::Rng;
use crate::tree::{self, Tree, assert_same, set_attribute};
use sandboxd_worker::workspace::{Chain, LayerName};
use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

crate::for_both_drivers!(random_work_is_what_a_plain_directory_shows);

const GENERATIONS: usize = 100;
const STEPS: usize = 12;
/// Shallow, so that chains are flattened several times in a run.
const FLATTEN_AT: usize = 15;

struct Snapshot {
    chain: Chain,
    tree: Tree,
}

struct Run<'a> {
    node: &'a Node,
    workspace: Workspace<'a>,
    mirror: PathBuf,
    rng: Rng,
    snapshots: Vec<Snapshot>,
    /// Layers as they were when they were sealed.
    sealed: BTreeMap<LayerName, Tree>,
}

async fn random_work_is_what_a_plain_directory_shows(node: Node) {
    for seed in [1, 20_26] {
        let workspace = node.fork(&Chain::empty()).await;
        let mirror = node.dir.path().join(format!("mirror{seed}"));
        fs::create_dir(&mirror).unwrap();
        let rng = Rng::new(seed);
        let (snapshots, sealed) = (Vec::new(), BTreeMap::new());
        let mut run = Run { node: &node, workspace, mirror, rng, snapshots, sealed };
        for generation in 0..GENERATIONS / 2 {
            run.generation(generation).await;
        }
        run.check_the_past().await;
    }
}

impl Run<'_> {
    async fn generation(&mut self, number: usize) {
        let what = format!("generation {number}");
        let mounted = self.workspace.start();
        for _ in 0..STEPS {
            change(&mut self.rng, mounted.path(), &self.mirror);
        }
        let live = tree::read(mounted.path());
        let mut wanted = tree::content(tree::read(&self.mirror));
        let mut found = tree::content(live.clone());
        // Only the root is not ours to compare: the mirror's was made by the test.
        assert!(wanted.remove(Path::new("")).is_some() && found.remove(Path::new("")).is_some());
        assert_same(&found, &wanted, &what);
        if self.rng.below(3) == 0 {
            self.capture_live(&live).await;
        }
        mounted.detach();

        let chain = self.workspace.capture().await;
        self.remember(chain.clone(), live);
        if chain.depth() >= FLATTEN_AT {
            self.flatten(&chain).await;
        }
        if self.rng.below(5) == 0 {
            self.go_back().await;
        }
    }

    async fn capture_live(&mut self, live: &Tree) {
        let layer = self.node.layer();
        self.node.driver.copy_live(&self.workspace.generation, &layer).await.unwrap();
        self.node.driver.publish(&layer).await.unwrap();
        let chain = self.node.driver.stack(&self.workspace.base, &layer).unwrap();
        self.remember(chain, live.clone());
    }

    fn remember(&mut self, chain: Chain, tree: Tree) {
        let newest = chain.newest().unwrap().clone();
        let raw = tree::read(&self.node.layer_path(&newest));
        self.sealed.insert(newest, raw);
        self.snapshots.push(Snapshot { chain, tree });
    }

    async fn flatten(&mut self, chain: &Chain) {
        let flat = self.node.layer();
        self.node.driver.flatten(chain, &flat).await.unwrap();
        let merged = Chain::new(vec![flat]).unwrap();
        let tree = self.snapshots.last().unwrap().tree.clone();
        self.workspace.restore(&merged).await;
        self.remember(merged, tree);
    }

    /// Restores any snapshot; the mirror follows.
    async fn go_back(&mut self) {
        let index = self.rng.below(self.snapshots.len());
        let chain = self.snapshots[index].chain.clone();
        self.workspace.restore(&chain).await;
        let mounted = self.workspace.start();
        fs::remove_dir_all(&self.mirror).unwrap();
        let copied =
            Command::new("cp").arg("-a").args([mounted.path(), &self.mirror]).status().unwrap();
        assert!(copied.success());
    }

    async fn check_the_past(&self) {
        assert!(self.snapshots.len() >= GENERATIONS / 2);
        for (number, snapshot) in self.snapshots.iter().enumerate() {
            let found = self.node.snapshot(&snapshot.chain).await;
            assert_same(&found, &snapshot.tree, &format!("snapshot {number}"));
        }
        for (layer, before) in &self.sealed {
            let now = tree::read(&self.node.layer_path(layer));
            assert_same(&now, before, &format!("layer {layer}"));
        }
    }
}

/// Does one thing to both trees.
pub(crate) fn change(rng: &mut Rng, live: &Path, mirror: &Path) {
    let paths: Vec<PathBuf> = tree::read(mirror).into_keys().collect();
    let is_dir = |path: &&PathBuf| mirror.join(path).is_dir() && !mirror.join(path).is_symlink();
    let folders: Vec<PathBuf> = paths.iter().filter(is_dir).cloned().collect();
    let entries: Vec<PathBuf> = paths.into_iter().filter(|path| path != Path::new("")).collect();
    let parent = rng.pick(&folders).unwrap().clone();
    // Few names, so that they come back as something else.
    let fresh = parent.join(format!("n{}", rng.below(12)));
    let chosen = rng.pick(&entries).cloned();
    let (kind, value) = (rng.below(12), rng.next().to_string());
    // Through one of several names the overlay does otherwise; a test of its own pins how.
    let single = chosen.as_ref().is_some_and(|path| is_single(&mirror.join(path)));
    let apart = |path: &Path| !fresh.starts_with(path) && !path.starts_with(&fresh);
    for root in [live, mirror] {
        let at = |path: &Path| root.join(path);
        match (kind, &chosen) {
            (0..=2, _) => put(&at(&fresh), |path| fs::write(path, &value).unwrap()),
            (3 | 4, _) => put(&at(&fresh), |path| fs::create_dir(path).unwrap()),
            (5, _) => put(&at(&fresh), |path| symlink(&value, path).unwrap()),
            (6, Some(chosen)) => remove(&at(chosen)),
            // Also onto what is there already; never into itself.
            (7 | 8, Some(chosen)) if apart(chosen) => {
                put(&at(&fresh), |path| fs::rename(at(chosen), path).unwrap());
            }
            (9, Some(chosen)) if single && at(chosen).is_file() => append(&at(chosen), &value),
            (10, Some(chosen)) if single => tweak(&at(chosen), value.len()),
            (11, Some(chosen)) if apart(chosen) && is_plain(&at(chosen)) => {
                put(&at(&fresh), |path| fs::hard_link(at(chosen), path).unwrap());
            }
            _ => {}
        }
    }
}

fn put(path: &Path, make: impl FnOnce(&Path)) {
    remove(path);
    make(path);
}

fn remove(path: &Path) {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path).unwrap(),
        Ok(_) => fs::remove_file(path).unwrap(),
        Err(_) => {}
    }
}

fn is_plain(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_file())
}

fn is_single(path: &Path) -> bool {
    let found = fs::symlink_metadata(path);
    found.is_ok_and(|found| found.is_dir() || (found.is_file() && found.nlink() == 1))
}

fn append(path: &Path, value: &str) {
    let text = fs::read_to_string(path).unwrap();
    fs::write(path, text + value).unwrap();
}

fn tweak(path: &Path, number: usize) {
    let mode = if number.is_multiple_of(2) { 0o700 } else { 0o751 };
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    set_attribute(path, "user.number", &number.to_string());
}
