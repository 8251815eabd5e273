//! The overlay's mount options, and how deep a chain fits into them.

use super::error::{Error, Result};
use super::layout::Layout;
use super::names::{Chain, Generation, LAYER_NAME_MAX, SANDBOX_ID_MAX};
use std::ffi::CString;
use std::path::Path;

/// Bytes of mount data that the kernel takes: one page with its NUL (`mount(2)`). It cuts the
/// rest silently, and layers go missing.
pub const OPTIONS_MAX: usize = 4095;
/// Layers in a chain, however short the paths are. The kernel's own limit is 500.
pub const CHAIN_MAX: usize = 100;
/// Depth at which to compact, where paths are short.
pub const COMPACT_AT: usize = 64;

/// `redirect_dir` lets directories of lower layers be renamed; `index` would lose data through
/// hard links in forks, and `metacopy` brings little.
const FIXED: &str = "nosuid,nodev,noatime,redirect_dir=on,metacopy=off,index=off";
/// The same as mount data, where flags are no part of it.
const FIXED_DATA: &str = "redirect_dir=on,metacopy=off,index=off";
const FIXED_READ_ONLY: &str = "redirect_dir=follow,metacopy=off,index=off";

/// The `o` option of the volume. Upper and work directory come first: were the string cut, the
/// mount would fail instead of turning read-only.
pub(super) fn overlay_options(
    layout: &Layout,
    generation: &Generation,
    base: &Chain,
) -> Result<String> {
    check_length(writable(FIXED, layout, generation, base)?)
}

/// Mount data for changing a generation where no container has it.
pub(super) fn change_options(
    layout: &Layout,
    generation: &Generation,
    base: &Chain,
) -> Result<CString> {
    reaches_the_kernel(writable(FIXED_DATA, layout, generation, base)?)
}

fn writable(fixed: &str, layout: &Layout, generation: &Generation, base: &Chain) -> Result<String> {
    check_depth(base, max_depth(layout))?;
    let (upper, work) = (layout.upper(generation), layout.work(generation));
    let lower = lower_dirs(layout, base);
    Ok(format!("{fixed},upperdir={},workdir={},lowerdir={lower}", upper.display(), work.display()))
}

/// Mount data for a read-only look at a chain, with what a generation has changed on top. The
/// empty layer is in it, since the kernel wants two lower directories where there is no upper; so
/// there must be a layer or a generation.
pub(super) fn view_options(
    layout: &Layout,
    changed: Option<&Generation>,
    chain: &Chain,
) -> Result<CString> {
    check_depth(chain, max_depth(layout))?;
    let mut lower: Vec<String> =
        changed.iter().map(|generation| layout.upper(generation).display().to_string()).collect();
    if chain.depth() > 0 {
        lower.push(lower_dirs(layout, chain));
    }
    lower.push(layout.empty().display().to_string());
    reaches_the_kernel(format!("{FIXED_READ_ONLY},lowerdir={}", lower.join(":")))
}

/// Mount data that the kernel will read to its end.
pub(super) fn reaches_the_kernel(options: String) -> Result<CString> {
    let options = check_length(options)?;
    Ok(CString::new(options).expect("invariant: paths and names hold no NUL"))
}

pub(super) fn check_depth(chain: &Chain, max: usize) -> Result<()> {
    match chain.depth() {
        depth if depth > max => Err(Error::TooDeep { depth, max }),
        _ => Ok(()),
    }
}

/// The depth up to which every chain of every generation fits, with the longest names.
pub(super) fn max_depth(layout: &Layout) -> usize {
    depth_for(layout.data())
}

pub(super) fn compact_at(layout: &Layout) -> usize {
    COMPACT_AT.min(max_depth(layout) * 2 / 3)
}

fn depth_for(data: &Path) -> usize {
    let data = data.as_os_str().len();
    let generation = data + "/w/".len() + SANDBOX_ID_MAX + "/g4294967295/".len();
    let fixed = FIXED.len() + ",upperdir=upper,workdir=work,lowerdir=".len() + 2 * generation;
    let layer = data + "/l/".len() + LAYER_NAME_MAX + ":".len();
    // The last layer has no colon after it.
    CHAIN_MAX.min((OPTIONS_MAX + 1).saturating_sub(fixed) / layer)
}

fn lower_dirs(layout: &Layout, chain: &Chain) -> String {
    if chain.depth() == 0 {
        return layout.empty().display().to_string();
    }
    let paths: Vec<_> =
        chain.layers().iter().map(|layer| layout.layer(layer).display().to_string()).collect();
    paths.join(":")
}

fn check_length(options: String) -> Result<String> {
    match options.len() {
        length if length > OPTIONS_MAX => Err(Error::TooLong { length, max: OPTIONS_MAX }),
        _ => Ok(options),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_follows_from_the_length_of_the_data_path() {
        assert_eq!(depth_for(Path::new("/var/lib/sandboxd")), CHAIN_MAX);
        let long = format!("/{}", "d".repeat(99));
        assert_eq!(depth_for(Path::new(&long)), 30);
        assert_eq!(depth_for(Path::new(&format!("/{}", "d".repeat(3000)))), 0);
    }

    #[test]
    fn one_byte_too_many_is_an_error_and_no_cut() {
        assert!(check_length("x".repeat(OPTIONS_MAX)).is_ok());
        assert!(matches!(
            check_length("x".repeat(OPTIONS_MAX + 1)),
            Err(Error::TooLong { length: 4096, max: 4095 })
        ));
    }
}
