//! The labels that make a container or volume ours and tie it to its row.

use std::collections::HashMap;

use crate::runtime::SandboxContainer;

pub(super) const MANAGED: &str = "sandboxd.managed";
pub(super) const SANDBOX: &str = "sandboxd.sandbox";
pub(super) const GENERATION: &str = "sandboxd.generation";
pub(super) const OPERATION: &str = "sandboxd.operation";
pub(super) const NODE: &str = "sandboxd.node";
/// The image as the spec named it: lists show an id instead once a tag has moved on.
pub(super) const IMAGE: &str = "sandboxd.image";
pub(super) const SPEC: &str = "sandboxd.spec";
/// Marks the container of a `run_once`, in place of [`MANAGED`]: no list shows it.
pub(super) const ONCE: &str = "sandboxd.once";

const TRUE: &str = "true";

pub(super) type Labels = HashMap<String, String>;

pub(super) fn of_container(spec: &SandboxContainer, node: &str) -> Labels {
    Labels::from([
        (MANAGED.to_owned(), TRUE.to_owned()),
        (NODE.to_owned(), node.to_owned()),
        (SANDBOX.to_owned(), spec.sandbox_id.clone()),
        (GENERATION.to_owned(), spec.generation.to_string()),
        (OPERATION.to_owned(), spec.operation_id.clone()),
        (IMAGE.to_owned(), spec.image.clone()),
        (SPEC.to_owned(), spec.fingerprint()),
    ])
}

pub(super) fn of_volume(sandbox_id: &str, node: &str) -> Labels {
    Labels::from([
        (MANAGED.to_owned(), TRUE.to_owned()),
        (NODE.to_owned(), node.to_owned()),
        (SANDBOX.to_owned(), sandbox_id.to_owned()),
    ])
}

pub(super) fn of_once(node: &str) -> Labels {
    Labels::from([(ONCE.to_owned(), TRUE.to_owned()), (NODE.to_owned(), node.to_owned())])
}

pub(super) fn are_ours(labels: &Labels, node: &str) -> bool {
    labels.get(MANAGED).is_some_and(|managed| managed == TRUE)
        && labels.get(NODE).is_some_and(|owner| owner == node)
}

/// An engine's filter for all that is ours.
pub(super) fn filter(node: &str) -> HashMap<&'static str, Vec<String>> {
    HashMap::from([("label", vec![format!("{MANAGED}={TRUE}"), format!("{NODE}={node}")])])
}

/// An engine's filter for `run_once` containers that were left `age` (Go duration) ago.
pub(super) fn once_filter(node: &str, age: &str) -> HashMap<&'static str, Vec<String>> {
    HashMap::from([
        ("label", vec![format!("{ONCE}={TRUE}"), format!("{NODE}={node}")]),
        ("until", vec![age.to_owned()]),
    ])
}
