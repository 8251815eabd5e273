//! Every crash point of the workspace drivers, in the order in which a job passes them.

pub(crate) const POINTS: [&str; 17] = [
    "create.filled",
    "create.renamed",
    "create.synced",
    "seal.proved",
    "seal.renamed",
    "seal.synced",
    "copy_live.copied",
    "copy_live.renamed",
    "publish.flushed",
    "publish.renamed",
    "publish.synced",
    "flatten.merged",
    "flatten.renamed",
    "flatten.synced",
    "discard.proved",
    "discard.renamed",
    "remove_layer.renamed",
];
