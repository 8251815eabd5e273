//! Finds out at start which driver works with this engine.
//!
//! Asked by doing it: only a container tells whether the engine mounts an overlay of our
//! directories, under the same paths, with directories of lower layers that can be renamed.

use super::driver::{DriverKind, Mount, WorkspaceDriver};
use super::error::{Error, Result};
use super::layout::{Layout, unique};
use super::names::{Chain, Generation, LayerName};
use super::open::{Settings, open_layout};
use super::overlay::OverlayMedium;
use super::store::Store;
use super::{blocking, root};
use async_trait::async_trait;
use rustix::fs::FileType;
use std::error::Error as StdError;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Where the container of the probe finds the volume.
pub const PROBE_TARGET: &str = "/workspace";
/// For the container of the probe, its image being there.
pub const PROBE_LIMIT: Duration = Duration::from_mins(1);
/// Bytes of the container's output that a reason quotes.
const OUTPUT_MAX: usize = 300;

/// Renames a directory of the lower layer, deletes a file of it and writes a new one.
const SCRIPT: &str = "set -e; cd /workspace; mv folder moved; test -f moved/inner; \
    rm gone; test ! -e gone; echo new > new; test \"$(cat moved/inner)\" = lower";

/// What a container of the probe did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProbeRun {
    pub exit_code: i64,
    /// Output and errors; bounded by who runs it.
    pub output: String,
}

/// The part of a container engine that the probe needs.
#[async_trait]
pub trait EngineProbe: Send + Sync + fmt::Debug {
    /// Mounts `mount` at [`PROBE_TARGET`] in a container, runs `sh -c script` in it as `owner`
    /// without capabilities, and removes container and volume before it returns.
    ///
    /// # Errors
    /// Whatever kept the script from running; its exit code is not an error.
    async fn run(
        &self,
        mount: &Mount,
        owner: super::Owner,
        script: &str,
    ) -> Result<ProbeRun, Box<dyn StdError + Send + Sync>>;
}

/// Which driver to open, and for the log why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    pub kind: DriverKind,
    pub reason: String,
}

/// Tries the overlay driver on this data directory under this engine. Never fails: whatever goes
/// wrong with the overlay is the reason for the copy driver.
pub async fn probe(data: &Path, settings: Settings, engine: &dyn EngineProbe) -> Probe {
    match try_overlay(data, settings, engine).await {
        Ok(()) => {
            let reason = "the engine mounted an overlay and renamed a lower directory".to_owned();
            Probe { kind: DriverKind::Overlay, reason }
        }
        Err(reason) => Probe { kind: DriverKind::Copy, reason },
    }
}

async fn try_overlay(
    data: &Path,
    settings: Settings,
    engine: &dyn EngineProbe,
) -> Result<(), String> {
    let layout = open_layout(data, DriverKind::Overlay).await.map_err(|error| causes(&error))?;
    let driver = Store::new(Arc::clone(&layout), OverlayMedium, settings);
    // New names each time, as for every generation: an engine may still know the old ones.
    let id = unique();
    let generation = Generation::new(format!("probe{id}"), 1).map_err(|error| causes(&error))?;
    let layer = LayerName::new(id).map_err(|error| causes(&error))?;
    let outcome = run_in(&layout, &driver, (&generation, &layer), settings, engine).await;
    for cleaned in [driver.discard(&generation).await, driver.remove_layer(&layer).await] {
        if let Err(error) = cleaned {
            // The reconciler finds it: no row knows these names.
            tracing::warn!(error = causes(&error), "the workspace probe left its directories");
        }
    }
    outcome
}

async fn run_in(
    layout: &Arc<Layout>,
    driver: &Store<OverlayMedium>,
    (generation, layer): (&Generation, &LayerName),
    settings: Settings,
    engine: &dyn EngineProbe,
) -> Result<(), String> {
    let explain = |error: Error| causes(&error);
    let lower = layout.layer(layer);
    blocking::run(move || make_lower(&lower, settings)).await.map_err(explain)?;
    let chain = Chain::new(vec![layer.clone()]).map_err(explain)?;
    driver.create(generation, &chain).await.map_err(explain)?;
    let mount = driver.mount(generation, &chain).map_err(explain)?;
    let ran = tokio::time::timeout(PROBE_LIMIT, engine.run(&mount, settings.owner, SCRIPT)).await;
    let ran = ran.map_err(|_| format!("the probe's container took longer than {PROBE_LIMIT:?}"))?;
    let ran =
        ran.map_err(|error| format!("the engine could not run the probe: {}", causes(&*error)))?;
    if ran.exit_code != 0 {
        let output: String = ran.output.chars().take(OUTPUT_MAX).collect();
        return Err(format!("the probe's script ended with {}: {output}", ran.exit_code));
    }
    let upper = layout.upper(generation);
    blocking::run(move || Ok(inspect(&upper))).await.map_err(explain)?
}

fn make_lower(lower: &Path, settings: Settings) -> Result<()> {
    root::make_new(lower, settings.owner)?;
    root::make_new(&lower.join("folder"), settings.owner)?;
    for (name, content) in [("folder/inner", "lower\n"), ("gone", "lower\n")] {
        let path = lower.join(name);
        std::fs::write(&path, content).map_err(Error::at("write", &path))?;
    }
    Ok(())
}

/// An engine on another host, or one that sees other paths, runs the script well and leaves our
/// upper as it was.
fn inspect(upper: &Path) -> Result<(), String> {
    let gone = rustix::fs::lstat(upper.join("gone"))
        .map_err(|_| "the engine's overlay is not on our directories".to_owned())?;
    if FileType::from_raw_mode(gone.st_mode) != FileType::CharacterDevice || gone.st_rdev != 0 {
        return Err("a deletion in the engine's overlay left no whiteout".to_owned());
    }
    let mut value = [0_u8; 256];
    match rustix::fs::lgetxattr(upper.join("moved"), "trusted.overlay.redirect", &mut value) {
        Ok(1..) => Ok(()),
        _ => Err("a renamed directory has no redirect: redirect_dir is off".to_owned()),
    }
}

fn causes(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}
