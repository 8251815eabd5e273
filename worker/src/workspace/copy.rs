//! The copy driver: every layer and every generation is a whole tree.

use super::blocking;
use super::copier::{COPY_LIMIT, copy_tree};
use super::driver::{Access, DriverKind, Mount};
use super::error::{Error, Result};
use super::layout::Layout;
use super::mounts::Mounts;
use super::names::{Chain, Generation, LayerName};
use super::open::Owner;
use super::root;
use super::store::Medium;
use super::view::View;
use async_trait::async_trait;
use std::path::Path;
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct CopyMedium;

#[async_trait]
impl Medium for CopyMedium {
    fn kind(&self) -> DriverKind {
        DriverKind::Copy
    }

    fn max_depth(&self, _: &Layout) -> usize {
        1
    }

    /// Deeper than any chain: there is nothing to compact.
    fn compact_at(&self, _: &Layout) -> usize {
        2
    }

    fn stack(&self, _: &Chain, sealed: &LayerName) -> Result<Chain> {
        Chain::new(vec![sealed.clone()])
    }

    fn mount(&self, layout: &Layout, generation: &Generation, _: &Chain) -> Result<Mount> {
        Ok(Mount::Bind { source: layout.upper(generation) })
    }

    /// Everything is in one directory.
    fn open(&self, layout: &Layout, generation: &Generation, _: &Chain, _: Access) -> Result<View> {
        View::of_directory(&layout.upper(generation))
    }

    fn view(&self, layout: &Layout, chain: &Chain) -> Result<View> {
        layout.require_layers(chain)?;
        match chain.newest() {
            Some(layer) => View::of_directory(&layout.layer(layer)),
            None => View::of_directory(&layout.empty()),
        }
    }

    /// The end of a bind mount flushes nothing.
    fn flush_before_seal(&self) -> bool {
        true
    }

    fn prove_unmounted(&self, layout: &Layout, generation: &Generation) -> Result<()> {
        let directory = layout.generation(generation);
        let mounts = Mounts::scan()?;
        layout.require_unmounted(&directory, &mounts)?;
        if mounts.complete() {
            return Ok(());
        }
        let why = "not every mount table of the host can be read";
        Err(Error::Unproven { path: directory, why })
    }

    async fn fill(
        &self,
        layout: &Arc<Layout>,
        owner: Owner,
        base: &Chain,
        directory: &Path,
    ) -> Result<()> {
        self.merge(layout, owner, base, &directory.join("upper")).await?;
        let layout = Arc::clone(layout);
        blocking::run(move || blocking::sync_file_system(layout.data())).await
    }

    async fn merge(
        &self,
        layout: &Arc<Layout>,
        owner: Owner,
        chain: &Chain,
        to: &Path,
    ) -> Result<()> {
        if let Some(layer) = chain.newest() {
            return copy_tree(&layout.layer(layer), to, COPY_LIMIT).await;
        }
        let to = to.to_owned();
        blocking::run(move || root::make_new(&to, owner)).await
    }
}
