//! Differences of snapshots of random work, beside those of a plain directory that did the same.

use crate::diff::{difference, lines};
use crate::kit::{Node, Workspace};
use crate::random::change;
use crate::rng::Rng;
use crate::tree::{self, Tree};
use sandboxd_worker::workspace::{Chain, DiffOptions, Lineage};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

crate::for_both_drivers!(random_snapshots_differ_as_plain_directories_do);

const GENERATIONS: usize = 60;
const STEPS: usize = 8;
const PAIRS: usize = 400;
/// Shallow, so that chains are merged several times in a run.
const FLATTEN_AT: usize = 12;

struct Snapshot {
    lineage: Lineage,
    /// The mirror then.
    tree: Tree,
}

struct Run<'a> {
    node: &'a Node,
    workspace: Workspace<'a>,
    lineage: Lineage,
    /// What the app folder should show.
    mirror: PathBuf,
    rng: Rng,
    snapshots: Vec<Snapshot>,
}

async fn random_snapshots_differ_as_plain_directories_do(node: Node) {
    for seed in [3, 77] {
        let workspace = node.fork(&Chain::empty()).await;
        workspace.change(|root| fs::create_dir(root.join("app")).unwrap());
        let mirror = node.dir.path().join(format!("mirror{seed}"));
        fs::create_dir(&mirror).unwrap();
        let (rng, lineage) = (Rng::new(seed), Lineage::default());
        let mut run = Run { node: &node, workspace, lineage, mirror, rng, snapshots: Vec::new() };
        for _ in 0..GENERATIONS {
            run.generation().await;
        }
        run.compare_pairs().await;
    }
}

impl Run<'_> {
    async fn generation(&mut self) {
        let mounted = self.workspace.start();
        for _ in 0..STEPS {
            change(&mut self.rng, &mounted.path().join("app"), &self.mirror);
        }
        if self.rng.below(4) == 0 {
            self.capture_live().await;
        }
        mounted.detach();
        let chain = self.workspace.capture().await;
        self.lineage = self.grown(chain);
        self.remember(self.lineage.clone());
        if self.lineage.chain.depth() >= FLATTEN_AT {
            self.flatten().await;
        }
        if self.rng.below(6) == 0 {
            self.go_back().await;
        }
    }

    /// What the workspace stood on, with the newest layer of `chain` on top.
    fn grown(&self, chain: Chain) -> Lineage {
        let newest = chain.newest().unwrap();
        let origin = self.node.driver.stack(&self.lineage.origin, newest).unwrap();
        Lineage { chain, origin }
    }

    async fn capture_live(&mut self) {
        let layer = self.node.layer();
        self.node.driver.copy_live(&self.workspace.generation, &layer).await.unwrap();
        self.node.driver.publish(&layer).await.unwrap();
        let chain = self.node.driver.stack(&self.workspace.base, &layer).unwrap();
        self.remember(self.grown(chain));
    }

    fn remember(&mut self, lineage: Lineage) {
        let tree = tree::content(tree::read(&self.mirror));
        self.snapshots.push(Snapshot { lineage, tree });
    }

    /// Goes on with a merged layer. Of every other one it isn't known any more what was merged.
    async fn flatten(&mut self) {
        let flat = self.node.layer();
        self.node.driver.flatten(&self.lineage.chain, &flat).await.unwrap();
        let chain = Chain::new(vec![flat]).unwrap();
        self.workspace.restore(&chain).await;
        self.lineage = match self.rng.below(2) {
            0 => Lineage::plain(chain),
            _ => Lineage { chain, origin: self.lineage.origin.clone() },
        };
        self.remember(self.lineage.clone());
    }

    /// Restores any snapshot; the mirror follows.
    async fn go_back(&mut self) {
        let index = self.rng.below(self.snapshots.len());
        self.lineage = self.snapshots[index].lineage.clone();
        self.workspace.restore(&self.lineage.chain).await;
        let mounted = self.workspace.start();
        fs::remove_dir_all(&self.mirror).unwrap();
        let app = mounted.path().join("app");
        let copied = Command::new("cp").arg("-a").args([&app, &self.mirror]).status().unwrap();
        assert!(copied.success());
    }

    async fn compare_pairs(&mut self) {
        let mut differing = 0;
        for _ in 0..PAIRS {
            let [one, other] = [0; 2].map(|_| self.rng.below(self.snapshots.len()));
            let (before, after) = (&self.snapshots[one], &self.snapshots[other]);
            let options = DiffOptions::default();
            let found = self.node.driver.diff(&before.lineage, &after.lineage, &options).await;
            let found = found.unwrap();
            assert!(!found.truncated);
            let wanted = difference(&before.tree, &after.tree);
            let (a, b) = (&before.lineage, &after.lineage);
            assert_eq!(lines(&found), wanted, "{one} to {other}: {a:?} to {b:?}");
            differing += usize::from(!wanted.is_empty());
        }
        assert!(differing > PAIRS / 2, "{differing}");
    }
}
