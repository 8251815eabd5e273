//! Asks the kernel whether an overlay anywhere uses a directory as its upper.
//!
//! Mount tables show neither the mounts of namespaces that we cannot see nor an overlay that was
//! detached lazily while files were open. The kernel marks every upper in use until its overlay
//! is shut down, which is after it was flushed (`ovl_inuse_trylock`, fs/overlayfs/super.c). A
//! mount with `index=on` fails with EBUSY on such an upper. Ours names the upper as its own work
//! directory too, so it fails with EINVAL on a free one, before anything is changed on disk.

use super::error::{Error, Result};
use super::options::reaches_the_kernel;
use rustix::io::Errno;
use rustix::mount::MountFlags;
use std::path::Path;

/// Whether `upper` belongs to a live overlay, mounted here, elsewhere or detached. Each call
/// leaves a line of overlayfs in the kernel's log.
///
/// # Errors
/// [`Error::Unproven`] without CAP_SYS_ADMIN.
pub(super) fn is_upper_in_use(upper: &Path, empty: &Path) -> Result<bool> {
    let (upper_text, empty_text) = (upper.display(), empty.display());
    let options =
        format!("index=on,upperdir={upper_text},workdir={upper_text},lowerdir={empty_text}");
    let options = reaches_the_kernel(options)?;
    let unproven = |why| Error::Unproven { path: upper.to_owned(), why };
    match rustix::mount::mount("overlay", empty, "overlay", MountFlags::empty(), &*options) {
        Err(Errno::BUSY) => Ok(true),
        Err(Errno::INVAL) => Ok(false),
        Err(Errno::PERM) => Err(unproven("the worker lacks CAP_SYS_ADMIN")),
        Err(Errno::NODEV) => Err(unproven("the kernel has no overlayfs")),
        Err(source) => Err(Error::at("ask the kernel about", upper)(source)),
        // Not seen on any kernel: overlayfs has always refused one directory for both.
        Ok(()) => {
            let _ = rustix::mount::unmount(empty, rustix::mount::UnmountFlags::empty());
            Err(unproven("the kernel took a mount that it must refuse"))
        }
    }
}
