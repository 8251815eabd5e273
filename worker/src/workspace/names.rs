//! Names that end up in paths and mount options, checked once.

use super::error::{Error, Result};
use std::fmt;

/// Bytes in a sandbox id; a ULID has 26.
pub const SANDBOX_ID_MAX: usize = 32;
/// Bytes in a layer name. Each costs chain depth, since the option string is bounded.
pub const LAYER_NAME_MAX: usize = 16;
/// The base of a workspace that stands on nothing.
pub(super) const EMPTY: &str = "empty";

/// One upper directory of a sandbox. Numbers are never used again, not even after a discard:
/// a volume name that comes back may still be mounted somewhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation {
    sandbox: String,
    number: u32,
}

impl Generation {
    /// # Errors
    /// [`Error::BadSandbox`] unless `sandbox` is 1 to [`SANDBOX_ID_MAX`] of `[a-z0-9]`.
    pub fn new(sandbox: impl Into<String>, number: u32) -> Result<Self> {
        let sandbox = sandbox.into();
        if plain(&sandbox, SANDBOX_ID_MAX) {
            Ok(Self { sandbox, number })
        } else {
            Err(Error::BadSandbox(sandbox))
        }
    }

    #[must_use]
    pub fn sandbox(&self) -> &str {
        &self.sandbox
    }

    #[must_use]
    pub const fn number(&self) -> u32 {
        self.number
    }

    /// The volume of this generation, `s-<sandbox>-g<N>`.
    #[must_use]
    pub fn volume_name(&self) -> String {
        format!("s-{}-g{}", self.sandbox, self.number)
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/g{}", self.sandbox, self.number)
    }
}

/// A sealed layer. Opaque and short: layer paths show in a container's mount table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LayerName(String);

impl LayerName {
    /// # Errors
    /// [`Error::BadLayer`] unless `name` is 1 to [`LAYER_NAME_MAX`] of `[a-z0-9]`, not `empty`.
    pub fn new(name: impl Into<String>) -> Result<Self> {
        let name = name.into();
        if plain(&name, LAYER_NAME_MAX) && name != EMPTY {
            Ok(Self(name))
        } else {
            Err(Error::BadLayer(name))
        }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LayerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn plain(name: &str, max: usize) -> bool {
    (1..=max).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

/// The sealed layers under a generation, newest first; empty for a new workspace.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chain(Vec<LayerName>);

impl Chain {
    /// # Errors
    /// [`Error::RepeatedLayer`]: the kernel refuses such a mount with ELOOP.
    pub fn new(layers: Vec<LayerName>) -> Result<Self> {
        for (index, layer) in layers.iter().enumerate() {
            if layers[..index].contains(layer) {
                return Err(Error::RepeatedLayer(layer.clone()));
            }
        }
        Ok(Self(layers))
    }

    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn layers(&self) -> &[LayerName] {
        &self.0
    }

    #[must_use]
    pub fn newest(&self) -> Option<&LayerName> {
        self.0.first()
    }

    #[must_use]
    pub fn depth(&self) -> usize {
        self.0.len()
    }

    /// This chain with `layer` on top.
    ///
    /// # Errors
    /// [`Error::RepeatedLayer`] if it is in the chain already.
    pub fn under(&self, layer: &LayerName) -> Result<Self> {
        Self::new(std::iter::once(layer).chain(&self.0).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_folder_or_split_an_option() {
        for bad in ["", ".", "..", "a/b", "a:b", "a,b", "A", "a\\b", "empty", "aaaaaaaaaaaaaaaaa"] {
            assert!(matches!(LayerName::new(bad), Err(Error::BadLayer(_))), "{bad:?}");
        }
        for bad in ["", "..", "a/../b", "01ARZ3"] {
            assert!(matches!(Generation::new(bad, 1), Err(Error::BadSandbox(_))), "{bad:?}");
        }
        assert_eq!(Generation::new("01arz3", 7).unwrap().volume_name(), "s-01arz3-g7");
    }

    #[test]
    fn a_chain_holds_each_layer_once() {
        let [a, b] = ["a", "b"].map(|name| LayerName::new(name).unwrap());
        let chain = Chain::new(vec![a.clone()]).unwrap().under(&b).unwrap();
        assert_eq!(chain.layers(), [b, a.clone()]);
        assert!(matches!(chain.under(&a), Err(Error::RepeatedLayer(layer)) if layer == a));
    }
}
