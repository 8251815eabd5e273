//! The driver that workers have: the disk in memory behind all that can go wrong on the way to it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sandboxd_worker::workspace::{
    Access, Chain, Diff, DiffOptions, DriverKind, Error, Generation, Inventory, LayerName, Lineage,
    Mount, Result, Sealed, TmpEntry, Usage, View, WorkspaceDriver,
};

use crate::disk::{Disk, no_room};
use crate::process::{Answer, Process};

/// Chains are merged early, so that it happens in a short life.
const COMPACT_AT: usize = 4;
const MAX_DEPTH: usize = 12;

#[derive(Debug)]
pub(crate) struct SimDriver(pub(crate) Arc<Process>);

impl SimDriver {
    fn disk(&self) -> &Disk {
        &self.0.world.disk
    }

    async fn call<T: Send>(
        &self,
        call: &'static str,
        subject: &str,
        changes: Option<&str>,
        work: impl FnOnce(&Disk) -> Result<T> + Send,
    ) -> Result<T> {
        match self.0.outside(call, subject, changes, || work(self.disk())).await {
            Answer::Done(outcome) => outcome,
            Answer::Refused | Answer::Lost => Err(no_room(call)),
        }
    }

    fn layer(&self, layer: &LayerName) -> String {
        self.0.world.trace.layer(layer.as_str())
    }

    async fn on_generation<T: Send>(
        &self,
        call: &'static str,
        generation: &Generation,
        work: impl FnOnce(&Disk) -> Result<T> + Send,
    ) -> Result<T> {
        self.call(call, &generation.to_string(), Some(generation.sandbox()), work).await
    }
}

#[async_trait]
impl WorkspaceDriver for SimDriver {
    fn kind(&self) -> DriverKind {
        DriverKind::Overlay
    }

    fn max_depth(&self) -> usize {
        MAX_DEPTH
    }

    fn compact_at(&self) -> usize {
        COMPACT_AT
    }

    fn stack(&self, base: &Chain, sealed: &LayerName) -> Result<Chain> {
        base.under(sealed)
    }

    async fn create(&self, generation: &Generation, base: &Chain) -> Result<()> {
        self.on_generation("create", generation, |disk| disk.create(generation, base)).await
    }

    fn mount(&self, generation: &Generation, base: &Chain) -> Result<Mount> {
        if base.depth() > MAX_DEPTH {
            return Err(Error::TooDeep { depth: base.depth(), max: MAX_DEPTH });
        }
        self.disk().mount(generation, base)?;
        let layers: Vec<&str> = base.layers().iter().map(LayerName::as_str).collect();
        let options =
            [("type", "overlay".to_owned()), ("o", format!("lowerdir={}", layers.join(":")))];
        let options = options.map(|(key, value)| (key.to_owned(), value)).into();
        Ok(Mount::Volume { name: generation.volume_name(), options })
    }

    async fn open(&self, _: &Generation, _: &Chain, _: Access) -> Result<View> {
        Err(Error::Stopped)
    }

    async fn view(&self, _: &Chain) -> Result<View> {
        Err(Error::Stopped)
    }

    async fn seal(&self, generation: &Generation, into: &LayerName) -> Result<Sealed> {
        let already =
            self.on_generation("seal", generation, |disk| disk.seal(generation, into)).await?;
        Ok(Sealed { layer: into.clone(), already })
    }

    async fn copy_live(&self, generation: &Generation, into: &LayerName) -> Result<Sealed> {
        let already = self.disk().has_layer(into);
        if !already {
            let copy = |second| move |disk: &Disk| disk.copy_half(generation, into, second);
            self.on_generation("copy_live_begin", generation, copy(false)).await?;
            self.on_generation("copy_live_end", generation, copy(true)).await?;
        }
        Ok(Sealed { layer: into.clone(), already })
    }

    async fn publish(&self, into: &LayerName) -> Result<()> {
        self.call("publish", &self.layer(into), None, |disk| disk.publish(into)).await
    }

    async fn discard(&self, generation: &Generation) -> Result<()> {
        self.on_generation("discard", generation, |disk| disk.discard(generation)).await
    }

    async fn remove_layer(&self, layer: &LayerName) -> Result<()> {
        self.call("remove_layer", &self.layer(layer), None, |disk| disk.remove_layer(layer)).await
    }

    async fn discard_tmp(&self, _: &TmpEntry) -> Result<()> {
        Ok(())
    }

    async fn flatten(&self, chain: &Chain, into: &LayerName) -> Result<()> {
        self.call("flatten", &self.layer(into), None, |disk| disk.flatten(chain, into)).await
    }

    async fn measure(&self, layer: &LayerName, _: Option<Duration>) -> Result<Option<Usage>> {
        let files =
            self.call("measure", &self.layer(layer), None, |disk| disk.entries(layer)).await?;
        let files = u64::try_from(files).unwrap();
        Ok(Some(Usage { bytes: files * 4096, files }))
    }

    async fn usage(&self, _: &Generation, _: Option<Duration>) -> Result<Option<Usage>> {
        Ok(None)
    }

    async fn diff(&self, _: &Lineage, _: &Lineage, _: &DiffOptions) -> Result<Diff> {
        Err(Error::Stopped)
    }

    async fn is_empty(&self, generation: &Generation) -> Result<bool> {
        self.call("is_empty", &generation.to_string(), None, |disk| disk.is_empty(generation)).await
    }

    async fn list(&self) -> Result<Inventory> {
        self.call("list", "", None, |disk| Ok(disk.list())).await
    }

    async fn sweep_trash(&self, _: usize) -> Result<usize> {
        self.call("sweep_trash", "", None, |disk| Ok(disk.sweep_trash())).await
    }

    fn free_bytes(&self) -> Result<u64> {
        Ok(u64::MAX)
    }
}
