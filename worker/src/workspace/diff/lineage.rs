//! Where a snapshot's tree comes from.

use crate::workspace::names::{Chain, LayerName};

/// The layers of a snapshot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lineage {
    /// What shows the tree when mounted.
    pub chain: Chain,
    /// The same tree before chains were merged: where a merged layer was made from layers that
    /// are still there, those. Only so has it layers in common with older snapshots.
    pub origin: Chain,
}

impl Lineage {
    /// A chain that holds no merged layer.
    #[must_use]
    pub fn plain(chain: Chain) -> Self {
        Self { origin: chain.clone(), chain }
    }
}

/// The layers that only one of two trees stands on, of both; `None` if they share none.
pub(super) fn not_shared(before: &Lineage, after: &Lineage) -> Option<Vec<LayerName>> {
    let (before, after) = (before.origin.layers(), after.origin.layers());
    let from_the_base = before.iter().rev().zip(after.iter().rev());
    let shared = from_the_base.take_while(|(one, other)| one == other).count();
    if shared == 0 && !(before.is_empty() && after.is_empty()) {
        return None;
    }
    let own = |layers: &[LayerName]| layers[..layers.len() - shared].to_vec();
    Some([own(before), own(after)].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lineage(names: &str) -> Lineage {
        let layers = names.chars().map(|name| LayerName::new(name.to_string()).unwrap());
        Lineage::plain(Chain::new(layers.collect()).unwrap())
    }

    #[test]
    fn what_both_stand_on_is_not_looked_at() {
        for (before, after, wanted) in [
            ("ba", "dcba", Some("dc")),
            ("xa", "ya", Some("xy")),
            ("ba", "ba", Some("")),
            ("", "", Some("")),
            ("", "a", None),
            ("ba", "bc", None),
        ] {
            let found = not_shared(&lineage(before), &lineage(after));
            let wanted = wanted.map(|names| lineage(names).chain.layers().to_vec());
            assert_eq!(found, wanted, "{before} and {after}");
        }
    }
}
