//! The bytes of workspaces in memory, with the rules of the real drivers: a sealed layer never
//! changes, no upper is taken from under a container, and what is there is whole.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use sandboxd_shared::clock::{Clock, ManualClock};
use sandboxd_worker::runtime::fake::FakeEngine;
use sandboxd_worker::runtime::{ContainerName, Phase};
use sandboxd_worker::workspace::{
    Chain, Error, Generation, GenerationEntry, Inventory, LayerEntry, LayerName, Result,
};

/// Paths and contents as a sandbox sees them.
pub(crate) type Files = BTreeMap<String, String>;
/// What a layer or an upper says of paths; none for one that was deleted.
type Changes = BTreeMap<String, Option<String>>;

#[derive(Debug, Clone)]
struct Workspace {
    /// None once it was sealed.
    upper: Option<Changes>,
    /// What it was mounted over last.
    base: Chain,
    changed_ms: i64,
}

#[derive(Debug, Default)]
pub(crate) struct Bytes {
    generations: BTreeMap<Generation, Workspace>,
    layers: BTreeMap<LayerName, (Changes, i64)>,
    /// Live copies that are not published.
    copied: BTreeMap<LayerName, Changes>,
    trash: usize,
}

#[derive(Debug)]
pub(crate) struct Disk {
    bytes: Mutex<Bytes>,
    engine: Arc<FakeEngine>,
    clock: Arc<ManualClock>,
}

/// What a process is told when a file operation fails.
pub(crate) fn no_room(operation: &'static str) -> Error {
    Error::Io { operation, path: "/sim".into(), source: std::io::ErrorKind::StorageFull.into() }
}

impl Bytes {
    fn upper(&self, generation: &Generation) -> Result<&Changes> {
        let found = self.generations.get(generation).and_then(|found| found.upper.as_ref());
        found.ok_or_else(|| Error::GenerationMissing(generation.clone()))
    }

    fn require(&self, chain: &Chain) -> Result<()> {
        match chain.layers().iter().find(|layer| !self.layers.contains_key(layer)) {
            Some(layer) => Err(Error::LayerMissing(layer.clone())),
            None => Ok(()),
        }
    }

    /// What an upper shows over layers, the newest layer first.
    fn merge<'a>(
        &self,
        upper: &Changes,
        layers: impl DoubleEndedIterator<Item = &'a str>,
    ) -> Result<Files> {
        let mut files = Files::new();
        let mut put = |changes: &Changes| {
            for (path, text) in changes {
                match text {
                    Some(text) => drop(files.insert(path.clone(), text.clone())),
                    None => drop(files.remove(path)),
                }
            }
        };
        for name in layers.rev() {
            let name = LayerName::new(name)?;
            let (changes, _) =
                self.layers.get(&name).ok_or_else(|| Error::LayerMissing(name.clone()))?;
            put(changes);
        }
        put(upper);
        Ok(files)
    }
}

impl Disk {
    pub(crate) fn new(engine: Arc<FakeEngine>, clock: Arc<ManualClock>) -> Self {
        Self { bytes: Mutex::default(), engine, clock }
    }

    fn bytes(&self) -> MutexGuard<'_, Bytes> {
        self.bytes.lock().unwrap()
    }

    /// The generation that a sandbox's container with live processes, frozen or not, has mounted.
    pub(crate) fn mounted_by(&self, sandbox: &str) -> Option<Generation> {
        let name = ContainerName::new(format!("s-{sandbox}")).unwrap();
        let found = self.engine.peek(&name).filter(|found| found.phase.is_live())?;
        Some(Generation::new(sandbox, found.generation).unwrap())
    }

    /// The same, if its programs aren't frozen.
    pub(crate) fn used_by(&self, sandbox: &str) -> Option<Generation> {
        let name = ContainerName::new(format!("s-{sandbox}")).unwrap();
        let found = self.engine.peek(&name).filter(|found| found.phase == Phase::Running)?;
        Some(Generation::new(sandbox, found.generation).unwrap())
    }

    fn prove_unmounted(&self, generation: &Generation) -> Result<()> {
        if self.mounted_by(generation.sandbox()).as_ref() != Some(generation) {
            return Ok(());
        }
        Err(Error::StillMounted { path: "/sim".into(), by: generation.volume_name() })
    }

    pub(crate) fn create(&self, generation: &Generation, base: &Chain) -> Result<()> {
        let changed_ms = self.clock.now().0;
        let mut bytes = self.bytes();
        match bytes.generations.get(generation) {
            Some(Workspace { upper: None, .. }) => {
                return Err(Error::GenerationSealed(generation.clone()));
            }
            Some(_) => return Ok(()),
            None => bytes.require(base)?,
        }
        let upper = Some(Changes::new());
        bytes
            .generations
            .insert(generation.clone(), Workspace { upper, base: base.clone(), changed_ms });
        Ok(())
    }

    pub(crate) fn mount(&self, generation: &Generation, base: &Chain) -> Result<()> {
        let mut bytes = self.bytes();
        bytes.require(base)?;
        bytes.upper(generation)?;
        if let Some(found) = bytes.generations.get_mut(generation) {
            found.base = base.clone();
        }
        Ok(())
    }

    /// Says whether it was done before.
    pub(crate) fn seal(&self, generation: &Generation, into: &LayerName) -> Result<bool> {
        let changed_ms = self.clock.now().0;
        let (there, done) = {
            let bytes = self.bytes();
            (bytes.upper(generation).is_ok(), bytes.layers.contains_key(into))
        };
        match (there, done) {
            (false, true) => return Ok(true),
            (false, false) => return Err(Error::GenerationMissing(generation.clone())),
            (true, true) => return Err(Error::LayerTaken(into.clone())),
            (true, false) => self.prove_unmounted(generation)?,
        }
        let mut bytes = self.bytes();
        let found = bytes.generations.get_mut(generation).and_then(|found| found.upper.take());
        let upper = found.ok_or_else(|| Error::GenerationMissing(generation.clone()))?;
        bytes.layers.insert(into.clone(), (upper, changed_ms));
        Ok(false)
    }

    /// Copies half of what has changed: a copy takes time, and a program that isn't frozen shows.
    pub(crate) fn copy_half(
        &self,
        generation: &Generation,
        into: &LayerName,
        second: bool,
    ) -> Result<()> {
        let mut bytes = self.bytes();
        let upper = bytes.upper(generation)?.clone();
        let half = upper.into_iter().filter(|(path, _)| (path.as_str() >= "f2") == second);
        let copy = bytes.copied.entry(into.clone()).or_default();
        if !second {
            copy.clear();
        }
        copy.extend(half);
        Ok(())
    }

    pub(crate) fn has_layer(&self, layer: &LayerName) -> bool {
        self.bytes().layers.contains_key(layer)
    }

    pub(crate) fn publish(&self, into: &LayerName) -> Result<()> {
        let changed_ms = self.clock.now().0;
        let mut bytes = self.bytes();
        if bytes.layers.contains_key(into) {
            return Ok(());
        }
        let copy = bytes.copied.remove(into).ok_or_else(|| Error::NotCopied(into.clone()))?;
        bytes.layers.insert(into.clone(), (copy, changed_ms));
        Ok(())
    }

    pub(crate) fn discard(&self, generation: &Generation) -> Result<()> {
        self.prove_unmounted(generation)?;
        let mut bytes = self.bytes();
        if bytes.generations.remove(generation).is_some() {
            bytes.trash += 1;
        }
        Ok(())
    }

    /// Refused while a container that is alive stands on it.
    pub(crate) fn remove_layer(&self, layer: &LayerName) -> Result<()> {
        let generations: Vec<(Generation, Chain)> = {
            let bytes = self.bytes();
            bytes.generations.iter().map(|(key, found)| (key.clone(), found.base.clone())).collect()
        };
        for (generation, base) in generations {
            if base.layers().contains(layer) {
                self.prove_unmounted(&generation)?;
            }
        }
        let mut bytes = self.bytes();
        bytes.copied.remove(layer);
        if bytes.layers.remove(layer).is_some() {
            bytes.trash += 1;
        }
        Ok(())
    }

    pub(crate) fn flatten(&self, chain: &Chain, into: &LayerName) -> Result<()> {
        let changed_ms = self.clock.now().0;
        let mut bytes = self.bytes();
        let files = bytes.merge(&Changes::new(), chain.layers().iter().map(LayerName::as_str))?;
        let flat = files.into_iter().map(|(path, text)| (path, Some(text))).collect();
        bytes.layers.entry(into.clone()).or_insert((flat, changed_ms));
        Ok(())
    }

    pub(crate) fn entries(&self, layer: &LayerName) -> Result<usize> {
        let bytes = self.bytes();
        let found = bytes.layers.get(layer).ok_or_else(|| Error::LayerMissing(layer.clone()))?;
        Ok(found.0.len())
    }

    pub(crate) fn is_empty(&self, generation: &Generation) -> Result<bool> {
        Ok(self.bytes().upper(generation)?.is_empty())
    }

    pub(crate) fn list(&self) -> Inventory {
        let bytes = self.bytes();
        let generations = bytes.generations.iter().map(|(generation, found)| GenerationEntry {
            generation: generation.clone(),
            has_upper: found.upper.is_some(),
            changed_ms: found.changed_ms,
        });
        let layers = bytes.layers.iter().map(|(layer, (_, changed_ms))| LayerEntry {
            layer: layer.clone(),
            changed_ms: *changed_ms,
        });
        Inventory {
            generations: generations.collect(),
            layers: layers.collect(),
            ..Inventory::default()
        }
    }

    pub(crate) fn sweep_trash(&self) -> usize {
        std::mem::take(&mut self.bytes().trash)
    }

    /// What a container's programs see.
    pub(crate) fn seen_in(&self, generation: &Generation) -> Result<Files> {
        let bytes = self.bytes();
        let base = bytes.generations.get(generation).map(|found| found.base.clone());
        let base = base.ok_or_else(|| Error::GenerationMissing(generation.clone()))?;
        bytes.merge(bytes.upper(generation)?, base.layers().iter().map(LayerName::as_str))
    }

    /// What an upper shows over these layers, the newest first; a sealed one adds nothing.
    pub(crate) fn files(&self, generation: Option<&Generation>, chain: &[String]) -> Result<Files> {
        let bytes = self.bytes();
        let upper = match generation {
            Some(generation) => bytes.upper(generation)?.clone(),
            None => Changes::new(),
        };
        bytes.merge(&upper, chain.iter().map(String::as_str))
    }

    /// A program in a container writes a file, or deletes one.
    pub(crate) fn write(
        &self,
        generation: &Generation,
        path: &str,
        text: Option<&str>,
    ) -> Result<()> {
        let mut bytes = self.bytes();
        bytes.upper(generation)?;
        let found = bytes.generations.get_mut(generation).and_then(|found| found.upper.as_mut());
        if let Some(upper) = found {
            upper.insert(path.to_owned(), text.map(str::to_owned));
        }
        Ok(())
    }
}
