//! Opens the workspaces of a data directory with one driver.

use super::blocking::{self, exists, rename, sync_dir};
use super::copier_check::check_copier;
use super::copy::CopyMedium;
use super::driver::{DriverKind, WorkspaceDriver};
use super::error::{Error, Result};
use super::layout::Layout;
use super::mounts::Mounts;
use super::options;
use super::overlay::OverlayMedium;
use super::store::Store;
use std::path::Path;
use std::sync::Arc;

/// Which driver the directories were made by. A layer of one is not a layer of the other.
const MARK: &str = "workspaces";
/// With fewer layers a chain would be flattened all the time.
const DEPTH_MIN: usize = 8;

/// Who owns the root of a new workspace. With a user namespace remap of the engine: its base
/// plus the sandbox's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    pub uid: u32,
    pub gid: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    pub owner: Owner,
}

impl Default for Settings {
    fn default() -> Self {
        Self { owner: Owner { uid: 1000, gid: 1000 } }
    }
}

/// Opens a data directory, and checks that this host keeps what the driver needs.
///
/// # Errors
/// `BadDataPath`, `OtherDriver`, `CopierUnfit`; `Unproven` for the copy driver where the mounts of
/// containers can't be seen, which takes the pid namespace of the host.
pub async fn open(
    data: &Path,
    kind: DriverKind,
    settings: Settings,
) -> Result<Arc<dyn WorkspaceDriver>> {
    let layout = open_layout(data, kind).await?;
    let marked = Arc::clone(&layout);
    blocking::run(move || mark(&marked, kind)).await?;
    Ok(match kind {
        DriverKind::Overlay => Arc::new(Store::new(layout, OverlayMedium, settings)),
        DriverKind::Copy => Arc::new(Store::new(layout, CopyMedium, settings)),
    })
}

/// All checks of [`open`], without tying the directory to a driver.
pub(super) async fn open_layout(data: &Path, kind: DriverKind) -> Result<Arc<Layout>> {
    let path = data.to_owned();
    let layout = blocking::run(move || {
        let layout = Layout::open(&path)?;
        match kind {
            DriverKind::Overlay if options::max_depth(&layout) < DEPTH_MIN => {
                Err(Error::BadDataPath { path, why: "its path is too long for a chain of layers" })
            }
            DriverKind::Copy if !Mounts::scan()?.complete() => {
                Err(Error::Unproven { path, why: "the worker is not in the host's pid namespace" })
            }
            _ => Ok(layout),
        }
    })
    .await?;
    let layout = Arc::new(layout);
    check_copier(&layout).await?;
    Ok(layout)
}

fn mark(layout: &Layout, kind: DriverKind) -> Result<()> {
    let path = layout.data().join(MARK);
    if !exists(&path)? {
        let part = layout.part("driver-mark");
        std::fs::write(&part, kind.to_string()).map_err(Error::at("write", &part))?;
        match rename(&part, &path) {
            // Another worker opened it first.
            Err(_) if exists(&path)? => layout.throw_away(&part)?,
            other => other?,
        }
        sync_dir(layout.data())?;
    }
    let found = std::fs::read_to_string(&path).map_err(Error::at("read", &path))?;
    if found == kind.to_string() {
        return Ok(());
    }
    Err(Error::OtherDriver { found: found.chars().take(16).collect(), wanted: kind })
}
