//! Checks of what reaches an engine: text that becomes a label, a URL, a mount or a command.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use super::{Result, RuntimeError};

const MAX_TOKEN: usize = 64;
const MAX_IMAGE: usize = 255;
const MAX_PATH: usize = 1024;
const MAX_ENV_VARS: usize = 256;
const MAX_ENV_BYTES: usize = 64 * 1024;
const MAX_ARGUMENTS: usize = 256;
/// The kernel's limit for one argument is 128 KiB (`MAX_ARG_STRLEN`, execve(2)).
const MAX_ARGV_BYTES: usize = 128 * 1024;
const MAX_OPTIONS: usize = 16;
/// Of a longer mount option string the kernel silently drops the end: it passes one page.
const MAX_OPTION_BYTES: usize = 4095;

/// An id or name that ends up in a label, a filter or a URL.
pub(super) fn token(what: &'static str, text: &str) -> Result<()> {
    let plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.');
    if !text.is_empty() && text.len() <= MAX_TOKEN && text.bytes().all(plain) {
        Ok(())
    } else {
        Err(invalid(what, format!("1 to {MAX_TOKEN} of A-Z a-z 0-9 - _ . are allowed")))
    }
}

/// An image reference. It becomes a part of a URL path, so that `?`, `#` and `..` must not pass.
pub(super) fn image(reference: &str) -> Result<()> {
    let plain =
        |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.' | b'/' | b':' | b'@');
    if reference.bytes().next().is_some_and(|c| c.is_ascii_alphanumeric())
        && reference.len() <= MAX_IMAGE
        && reference.bytes().all(plain)
        && !reference.contains("..")
        && !reference.contains("//")
    {
        Ok(())
    } else {
        Err(invalid("image", format!("{:?} is not an image reference", clip(reference))))
    }
}

/// A path of the host that is mounted.
pub(super) fn host_path(what: &'static str, path: &Path) -> Result<()> {
    let text = path.to_str().ok_or_else(|| invalid(what, "it is not UTF-8"))?;
    let clean = path.is_absolute()
        && text.len() <= MAX_PATH
        && !text.contains(char::is_control)
        && !path.components().any(|part| matches!(part, Component::ParentDir));
    if clean { Ok(()) } else { Err(invalid(what, "it must be a clean absolute path")) }
}

/// The environment of a container.
pub(super) fn env(vars: &[(String, String)]) -> Result<()> {
    let bytes: usize = vars.iter().map(|(key, value)| key.len() + value.len() + 2).sum();
    if vars.len() > MAX_ENV_VARS || bytes > MAX_ENV_BYTES {
        return Err(invalid(
            "environment",
            format!("more than {MAX_ENV_VARS} variables or {MAX_ENV_BYTES} bytes"),
        ));
    }
    for (key, value) in vars {
        if key.is_empty() || key.contains(['=', '\0']) || value.contains('\0') {
            return Err(invalid("environment", format!("variable {:?} can't be set", clip(key))));
        }
    }
    Ok(())
}

/// A command line.
pub(super) fn argv(argv: &[String]) -> Result<()> {
    let bytes: usize = argv.iter().map(|argument| argument.len() + 1).sum();
    if argv.is_empty() || argv.len() > MAX_ARGUMENTS || bytes > MAX_ARGV_BYTES {
        return Err(invalid(
            "command",
            format!("1 to {MAX_ARGUMENTS} arguments, {MAX_ARGV_BYTES} bytes in all"),
        ));
    }
    Ok(())
}

/// Driver options of a volume.
pub(super) fn volume_options(options: &BTreeMap<String, String>) -> Result<()> {
    let bad = |text: &str| text.len() > MAX_OPTION_BYTES || text.contains('\0');
    if options.len() > MAX_OPTIONS || options.iter().any(|(key, value)| bad(key) || bad(value)) {
        return Err(invalid(
            "volume options",
            format!("more than {MAX_OPTIONS}, or one longer than {MAX_OPTION_BYTES} bytes"),
        ));
    }
    Ok(())
}

fn invalid(what: &'static str, why: impl Into<String>) -> RuntimeError {
    RuntimeError::Invalid { what, why: why.into() }
}

fn clip(text: &str) -> String {
    text.chars().take(MAX_TOKEN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_reference_cannot_reach_another_path() {
        for good in ["sandboxd-base:1", "localhost:5000/a/b@sha256:0a", "a"] {
            assert!(image(good).is_ok(), "{good:?} was refused");
        }
        for bad in ["", "a?force=1", "a#b", "../x", "a/../b", "a//b", "a b", "/a", "a%2e"] {
            assert!(image(bad).is_err(), "{bad:?} passed");
        }
    }

    #[test]
    fn a_host_path_is_absolute_and_clean() {
        assert!(host_path("path", Path::new("/data/run/s-1")).is_ok());
        for bad in ["", "data", "/data/../etc", "/a\nb", "/a\0b"] {
            assert!(host_path("path", Path::new(bad)).is_err(), "{bad:?} passed");
        }
    }

    #[test]
    fn an_environment_is_bounded_and_well_formed() {
        let var = |key: &str, value: &str| vec![(key.to_owned(), value.to_owned())];
        assert!(env(&var("PATH", "/bin=x")).is_ok());
        for bad in [var("", "x"), var("A=B", "x"), var("A", "x\0y"), var("A", &"x".repeat(65536))] {
            assert!(env(&bad).is_err());
        }
        assert!(env(&vec![("A".to_owned(), "x".to_owned()); 257]).is_err());
    }

    #[test]
    fn a_cut_option_string_is_refused() {
        let options = |bytes| BTreeMap::from([("o".to_owned(), "x".repeat(bytes))]);
        assert!(volume_options(&options(4095)).is_ok());
        assert!(volume_options(&options(4096)).is_err());
    }

    #[test]
    fn a_command_is_bounded() {
        assert!(argv(&["true".to_owned()]).is_ok());
        assert!(argv(&[]).is_err());
        assert!(argv(&vec!["x".to_owned(); 257]).is_err());
        assert!(argv(&["x".repeat(128 * 1024)]).is_err());
    }
}
