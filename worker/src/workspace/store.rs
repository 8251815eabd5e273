//! The steps that both drivers share: what is renamed when, and what is durable before that.

use super::blocking::{self, exists, make_dir, rename, sync_dir, sync_file_system};
use super::copier::{LIVE_COPY_LIMIT, copy_tree};
use super::diff::{Diff, DiffOptions, Lineage, compare};
use super::driver::{Access, DriverKind, Mount, Sealed, Usage, WorkspaceDriver};
use super::error::{Error, Result};
use super::inventory::{self, Inventory, TmpEntry};
use super::layout::Layout;
use super::measure::measure;
use super::mounts::Mounts;
use super::names::{Chain, Generation, LayerName};
use super::open::{Owner, Settings};
use super::options::check_depth;
use super::trash;
use super::view::View;
use crate::failpoint;
use async_trait::async_trait;
use rustix::fs::Mode;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a seal waits for an unmount to end. A container that starts elsewhere copies the
/// mount table and holds every volume for some milliseconds.
const UNMOUNT_GRACE: Duration = Duration::from_secs(2);
/// The first pause between two looks, doubled each time.
const UNMOUNT_POLL: Duration = Duration::from_millis(20);

/// What differs between the drivers.
#[async_trait]
pub(super) trait Medium: fmt::Debug + Send + Sync + 'static {
    fn kind(&self) -> DriverKind;
    fn max_depth(&self, layout: &Layout) -> usize;
    fn compact_at(&self, layout: &Layout) -> usize;
    fn stack(&self, base: &Chain, sealed: &LayerName) -> Result<Chain>;
    fn mount(&self, layout: &Layout, generation: &Generation, base: &Chain) -> Result<Mount>;
    /// Opens what is proved to be free.
    fn open(
        &self,
        layout: &Layout,
        generation: &Generation,
        base: &Chain,
        access: Access,
    ) -> Result<View>;
    /// A look at what a chain shows.
    fn view(&self, layout: &Layout, chain: &Chain) -> Result<View>;
    /// Whether data may still be in memory only once nothing mounts the upper.
    fn flush_before_seal(&self) -> bool;
    fn prove_unmounted(&self, layout: &Layout, generation: &Generation) -> Result<()>;
    /// Makes `upper` and `work` in a new generation directory, durable but for its name.
    async fn fill(
        &self,
        layout: &Arc<Layout>,
        owner: Owner,
        base: &Chain,
        directory: &Path,
    ) -> Result<()>;
    /// Makes the tree that a chain shows at `to`, which is not there yet.
    async fn merge(
        &self,
        layout: &Arc<Layout>,
        owner: Owner,
        chain: &Chain,
        to: &Path,
    ) -> Result<()>;
}

#[derive(Debug)]
pub(super) struct Store<M> {
    layout: Arc<Layout>,
    medium: Arc<M>,
    settings: Settings,
}

impl<M: Medium> Store<M> {
    pub(super) fn new(layout: Arc<Layout>, medium: M, settings: Settings) -> Self {
        Self { layout, medium: Arc::new(medium), settings }
    }

    /// Runs file work on the layout where it may block.
    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Layout) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let layout = Arc::clone(&self.layout);
        blocking::run(move || work(&layout)).await
    }

    async fn wait_unmounted(&self, generation: &Generation) -> Result<()> {
        let started = Instant::now();
        let mut pause = UNMOUNT_POLL;
        loop {
            let (medium, owned) = (Arc::clone(&self.medium), generation.clone());
            match self.on_disk(move |layout| medium.prove_unmounted(layout, &owned)).await {
                Err(Error::StillMounted { .. }) if started.elapsed() < UNMOUNT_GRACE => {
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                outcome => return outcome,
            }
        }
    }

    /// Whether the generation is there with its upper; its name is durable then.
    async fn is_created(&self, generation: &Generation, base: &Chain) -> Result<bool> {
        let (generation, base) = (generation.clone(), base.clone());
        self.on_disk(move |layout| {
            if !exists(&layout.generation(&generation))? {
                layout.require_layers(&base)?;
                layout.clear_tmp(&tmp_stem(&generation))?;
                return Ok(false);
            }
            if !exists(&layout.upper(&generation))? {
                return Err(Error::GenerationSealed(generation));
            }
            sync_dir(&layout.sandbox(&generation))?;
            Ok(true)
        })
        .await
    }

    /// Whether the layer is there; its name is durable then.
    async fn is_published(&self, layer: &LayerName) -> Result<bool> {
        let layer = layer.clone();
        self.on_disk(move |layout| {
            let there = exists(&layout.layer(&layer))?;
            if there {
                sync_dir(&layout.layers())?;
            }
            Ok(there)
        })
        .await
    }
}

fn tmp_stem(generation: &Generation) -> String {
    format!("{}-g{}", generation.sandbox(), generation.number())
}

#[async_trait]
impl<M: Medium> WorkspaceDriver for Store<M> {
    fn kind(&self) -> DriverKind {
        self.medium.kind()
    }

    fn max_depth(&self) -> usize {
        self.medium.max_depth(&self.layout)
    }

    fn compact_at(&self) -> usize {
        self.medium.compact_at(&self.layout)
    }

    fn stack(&self, base: &Chain, sealed: &LayerName) -> Result<Chain> {
        self.medium.stack(base, sealed)
    }

    async fn create(&self, generation: &Generation, base: &Chain) -> Result<()> {
        check_depth(base, self.max_depth())?;
        if self.is_created(generation, base).await? {
            return Ok(());
        }
        let part = self.layout.part(&tmp_stem(generation));
        let directory = part.clone();
        self.on_disk(move |_| make_dir(&directory, Mode::RWXU)).await?;
        self.medium.fill(&self.layout, self.settings.owner, base, &part).await?;
        failpoint::hit("create.filled").await?;
        let owned = generation.clone();
        self.on_disk(move |layout| {
            sync_dir(&part)?;
            make_dir(&layout.sandbox(&owned), Mode::RWXU)?;
            sync_dir(&layout.generations())?;
            rename(&part, &layout.generation(&owned))
        })
        .await?;
        failpoint::hit("create.renamed").await?;
        let owned = generation.clone();
        self.on_disk(move |layout| sync_dir(&layout.sandbox(&owned))).await?;
        Ok(failpoint::hit("create.synced").await?)
    }

    fn mount(&self, generation: &Generation, base: &Chain) -> Result<Mount> {
        check_depth(base, self.max_depth())?;
        self.layout.require_layers(base)?;
        if !exists(&self.layout.upper(generation))? {
            return Err(Error::GenerationMissing(generation.clone()));
        }
        self.medium.mount(&self.layout, generation, base)
    }

    async fn open(&self, generation: &Generation, base: &Chain, access: Access) -> Result<View> {
        if access == Access::Change {
            self.wait_unmounted(generation).await?;
        }
        let medium = Arc::clone(&self.medium);
        let (generation, base) = (generation.clone(), base.clone());
        self.on_disk(move |layout| {
            require_upper(layout, generation.clone())?;
            medium.open(layout, &generation, &base, access)
        })
        .await
    }

    async fn view(&self, chain: &Chain) -> Result<View> {
        let (medium, chain) = (Arc::clone(&self.medium), chain.clone());
        self.on_disk(move |layout| medium.view(layout, &chain)).await
    }

    async fn seal(&self, generation: &Generation, into: &LayerName) -> Result<Sealed> {
        let owned = (generation.clone(), into.clone());
        let already = self.on_disk(move |layout| sealed_before(layout, &owned.0, &owned.1)).await?;
        if !already {
            self.wait_unmounted(generation).await?;
            failpoint::hit("seal.proved").await?;
            if self.medium.flush_before_seal() {
                self.on_disk(|layout| sync_file_system(layout.data())).await?;
            }
            let owned = (generation.clone(), into.clone());
            self.on_disk(move |layout| rename(&layout.upper(&owned.0), &layout.layer(&owned.1)))
                .await?;
            failpoint::hit("seal.renamed").await?;
        }
        let owned = generation.clone();
        self.on_disk(move |layout| {
            sync_dir(&layout.layers())?;
            let rest = layout.generation(&owned);
            if exists(&rest)? { sync_dir(&rest) } else { Ok(()) }
        })
        .await?;
        failpoint::hit("seal.synced").await?;
        Ok(Sealed { layer: into.clone(), already })
    }

    async fn copy_live(&self, generation: &Generation, into: &LayerName) -> Result<Sealed> {
        if self.is_published(into).await? {
            return Ok(Sealed { layer: into.clone(), already: true });
        }
        let owned = (generation.clone(), into.clone());
        let upper = self
            .on_disk(move |layout| {
                let upper = layout.upper(&owned.0);
                layout.clear_tmp(owned.1.as_str())?;
                exists(&upper)?.then_some(upper).ok_or(Error::GenerationMissing(owned.0))
            })
            .await?;
        let part = self.layout.part(into.as_str());
        copy_tree(&upper, &part, LIVE_COPY_LIMIT).await?;
        failpoint::hit("copy_live.copied").await?;
        let owned = into.clone();
        self.on_disk(move |layout| rename(&part, &layout.copied(&owned))).await?;
        failpoint::hit("copy_live.renamed").await?;
        Ok(Sealed { layer: into.clone(), already: false })
    }

    async fn publish(&self, into: &LayerName) -> Result<()> {
        if self.is_published(into).await? {
            return Ok(());
        }
        let owned = into.clone();
        self.on_disk(move |layout| {
            if !exists(&layout.copied(&owned))? {
                return Err(Error::NotCopied(owned));
            }
            sync_file_system(layout.data())
        })
        .await?;
        failpoint::hit("publish.flushed").await?;
        let owned = into.clone();
        self.on_disk(move |layout| rename(&layout.copied(&owned), &layout.layer(&owned))).await?;
        failpoint::hit("publish.renamed").await?;
        self.on_disk(|layout| sync_dir(&layout.layers())).await?;
        Ok(failpoint::hit("publish.synced").await?)
    }

    async fn discard(&self, generation: &Generation) -> Result<()> {
        self.wait_unmounted(generation).await?;
        failpoint::hit("discard.proved").await?;
        let owned = generation.clone();
        self.on_disk(move |layout| layout.throw_away(&layout.generation(&owned))).await?;
        failpoint::hit("discard.renamed").await?;
        let owned = generation.clone();
        self.on_disk(move |layout| {
            // It stays while it holds other generations.
            let _ = std::fs::remove_dir(layout.sandbox(&owned));
            sync_dir(&layout.generations())?;
            let rest = layout.sandbox(&owned);
            if exists(&rest)? { sync_dir(&rest) } else { Ok(()) }
        })
        .await
    }

    async fn remove_layer(&self, layer: &LayerName) -> Result<()> {
        let layer = layer.clone();
        self.on_disk(move |layout| {
            let path = layout.layer(&layer);
            layout.require_unmounted(&path, &Mounts::scan()?)?;
            layout.throw_away(&path)?;
            sync_dir(&layout.layers())
        })
        .await?;
        Ok(failpoint::hit("remove_layer.renamed").await?)
    }

    async fn discard_tmp(&self, entry: &TmpEntry) -> Result<()> {
        let name = entry.name.clone();
        self.on_disk(move |layout| layout.throw_away(&layout.tmp().join(name))).await
    }

    async fn flatten(&self, chain: &Chain, into: &LayerName) -> Result<()> {
        check_depth(chain, self.max_depth())?;
        if self.is_published(into).await? {
            return Ok(());
        }
        let owned = (chain.clone(), into.clone());
        self.on_disk(move |layout| {
            layout.clear_tmp(owned.1.as_str())?;
            layout.require_layers(&owned.0)
        })
        .await?;
        let part = self.layout.part(into.as_str());
        self.medium.merge(&self.layout, self.settings.owner, chain, &part).await?;
        failpoint::hit("flatten.merged").await?;
        let owned = into.clone();
        self.on_disk(move |layout| {
            sync_file_system(layout.data())?;
            rename(&part, &layout.layer(&owned))
        })
        .await?;
        failpoint::hit("flatten.renamed").await?;
        self.on_disk(|layout| sync_dir(&layout.layers())).await?;
        Ok(failpoint::hit("flatten.synced").await?)
    }

    async fn measure(&self, layer: &LayerName, budget: Option<Duration>) -> Result<Option<Usage>> {
        let layer = layer.clone();
        self.on_disk(move |layout| {
            let path = layout.layer(&layer);
            if exists(&path)? { measure(&path, budget) } else { Err(Error::LayerMissing(layer)) }
        })
        .await
    }

    async fn usage(
        &self,
        generation: &Generation,
        budget: Option<Duration>,
    ) -> Result<Option<Usage>> {
        let generation = generation.clone();
        self.on_disk(move |layout| measure(&require_upper(layout, generation)?, budget)).await
    }

    async fn diff(&self, before: &Lineage, after: &Lineage, options: &DiffOptions) -> Result<Diff> {
        let medium = Arc::clone(&self.medium);
        let (before, after, options) = (before.clone(), after.clone(), *options);
        self.on_disk(move |layout| {
            compare(layout, |chain| medium.view(layout, chain), &before, &after, &options)
        })
        .await
    }

    async fn is_empty(&self, generation: &Generation) -> Result<bool> {
        let generation = generation.clone();
        self.on_disk(move |layout| {
            let upper = require_upper(layout, generation)?;
            Ok(std::fs::read_dir(&upper).map_err(Error::at("list", &upper))?.next().is_none())
        })
        .await
    }

    async fn list(&self) -> Result<Inventory> {
        self.on_disk(inventory::list).await
    }

    async fn sweep_trash(&self, limit_entries: usize) -> Result<usize> {
        self.on_disk(move |layout| trash::sweep(layout, limit_entries)).await
    }

    fn free_bytes(&self) -> Result<u64> {
        let data = self.layout.data();
        let found = rustix::fs::statvfs(data).map_err(Error::at("statvfs", data))?;
        Ok(found.f_bavail.saturating_mul(found.f_frsize))
    }
}

fn require_upper(layout: &Layout, generation: Generation) -> Result<std::path::PathBuf> {
    let upper = layout.upper(&generation);
    if exists(&upper)? { Ok(upper) } else { Err(Error::GenerationMissing(generation)) }
}

/// Whether an earlier attempt has renamed the upper already.
fn sealed_before(layout: &Layout, generation: &Generation, into: &LayerName) -> Result<bool> {
    match (exists(&layout.upper(generation))?, exists(&layout.layer(into))?) {
        (true, false) => Ok(false),
        (false, true) => Ok(true),
        (true, true) => Err(Error::LayerTaken(into.clone())),
        (false, false) => Err(Error::GenerationMissing(generation.clone())),
    }
}
