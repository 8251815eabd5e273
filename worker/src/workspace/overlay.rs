//! The overlay driver: a workspace is a chain of differences, stacked by the kernel.

use super::blocking::{exists, make_dir};
use super::copier::{COPY_LIMIT, copy_tree};
use super::driver::{Access, DriverKind, Mount};
use super::error::{Error, Result};
use super::in_use::is_upper_in_use;
use super::layout::Layout;
use super::mounts::Mounts;
use super::names::{Chain, Generation, LayerName};
use super::open::Owner;
use super::options::{compact_at, max_depth, overlay_options};
use super::store::Medium;
use super::view::View;
use super::{blocking, root};
use async_trait::async_trait;
use rustix::fs::Mode;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct OverlayMedium;

#[async_trait]
impl Medium for OverlayMedium {
    fn kind(&self) -> DriverKind {
        DriverKind::Overlay
    }

    fn max_depth(&self, layout: &Layout) -> usize {
        max_depth(layout)
    }

    fn compact_at(&self, layout: &Layout) -> usize {
        compact_at(layout)
    }

    fn stack(&self, base: &Chain, sealed: &LayerName) -> Result<Chain> {
        base.under(sealed)
    }

    fn mount(&self, layout: &Layout, generation: &Generation, base: &Chain) -> Result<Mount> {
        let options = overlay_options(layout, generation, base)?;
        let options = [("type", "overlay"), ("device", "overlay"), ("o", &options)]
            .map(|(key, value)| (key.to_owned(), value.to_owned()));
        let options = BTreeMap::from(options);
        Ok(Mount::Volume { name: generation.volume_name(), options })
    }

    fn open(
        &self,
        layout: &Layout,
        generation: &Generation,
        base: &Chain,
        access: Access,
    ) -> Result<View> {
        match access {
            Access::Change => View::open_to_change(layout, generation, base),
            Access::Read => View::open_changed(layout, generation, base),
            Access::ReadUnchanged => self.view(layout, base),
        }
    }

    fn view(&self, layout: &Layout, chain: &Chain) -> Result<View> {
        match chain.depth() {
            0 => View::of_directory(&layout.empty()),
            _ => View::open(layout, chain),
        }
    }

    /// Shutting an overlay down syncs its upper's file system, and no overlay is left by then.
    fn flush_before_seal(&self) -> bool {
        false
    }

    fn prove_unmounted(&self, layout: &Layout, generation: &Generation) -> Result<()> {
        let (directory, upper) = (layout.generation(generation), layout.upper(generation));
        layout.require_unmounted(&directory, &Mounts::scan()?)?;
        if exists(&upper)? && is_upper_in_use(&upper, &layout.empty())? {
            let by = "an overlay that no visible mount table shows".to_owned();
            return Err(Error::StillMounted { path: upper, by });
        }
        Ok(())
    }

    /// Costs the same at any size: only the root is made.
    async fn fill(
        &self,
        layout: &Arc<Layout>,
        owner: Owner,
        base: &Chain,
        directory: &Path,
    ) -> Result<()> {
        let (upper, work) = (directory.join("upper"), directory.join("work"));
        let newest = base.newest().map(|layer| layout.layer(layer));
        blocking::run(move || {
            make_dir(&work, Mode::RWXU)?;
            match newest {
                Some(layer) => root::make_like(&upper, &layer),
                None => root::make_new(&upper, owner),
            }
        })
        .await
    }

    async fn merge(
        &self,
        layout: &Arc<Layout>,
        owner: Owner,
        chain: &Chain,
        to: &Path,
    ) -> Result<()> {
        if chain.depth() == 0 {
            let to = to.to_owned();
            return blocking::run(move || root::make_new(&to, owner)).await;
        }
        let (layout, chain) = (Arc::clone(layout), chain.clone());
        let view = blocking::run(move || View::open(&layout, &chain)).await?;
        copy_tree(&view.path(), to, COPY_LIMIT).await
    }
}
