//! What a timeline may tell, as a state machine of its own, written from the contract.

use std::collections::{BTreeMap, BTreeSet};

/// An event as its row has it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Told {
    #[sqlx(rename = "type")]
    pub(crate) kind: String,
    pub(crate) operation_id: Option<String>,
    pub(crate) sandbox_id: Option<String>,
    pub(crate) attempt: Option<i64>,
}

/// An operation as its row has it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Ended {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) status: String,
}

/// What the timeline of an operation may hold: what begins it, what may come in between, what tells
/// of its success, and what of its failure.
struct Grammar {
    begins: &'static [&'static str],
    between: &'static [&'static str],
    succeeded: &'static str,
    failed: &'static str,
    cancelled: &'static [&'static str],
    /// What may follow a success.
    after: &'static [&'static str],
}

const CANCELLED: &[&str] = &["operation.cancelled"];

fn grammar(kind: &str) -> Option<Grammar> {
    let plain = |begins, succeeded, failed| Grammar {
        begins,
        between: &[],
        succeeded,
        failed,
        cancelled: CANCELLED,
        after: &[],
    };
    let stop = &["sandbox.stop.started"];
    Some(match kind {
        "sandbox.create" => {
            plain(&["sandbox.create.started"], "sandbox.created", "sandbox.create.failed")
        }
        "sandbox.start" => Grammar {
            after: &["sandbox.recovered"],
            ..plain(&["sandbox.start.started"], "sandbox.started", "sandbox.start.failed")
        },
        "sandbox.stop" => plain(stop, "sandbox.stopped", "sandbox.stop.failed"),
        "sandbox.delete" => plain(stop, "sandbox.deleted", "sandbox.stop.failed"),
        "app.delete" => Grammar {
            between: &["sandbox.deleted", "snapshot.deleted"],
            ..plain(stop, "app.deleted", "sandbox.stop.failed")
        },
        "snapshot.capture" => {
            plain(&["snapshot.capture.started"], "snapshot.captured", "snapshot.capture.failed")
        }
        "app.restore" => Grammar {
            between: &["snapshot.captured"],
            ..plain(&["snapshot.restore.started"], "snapshot.restored", "snapshot.restore.failed")
        },
        "app.fork" => Grammar {
            between: &["app.created", "sandbox.created"],
            ..plain(&["snapshot.fork.started"], "snapshot.forked", "snapshot.fork.failed")
        },
        "task.run" => Grammar {
            between: &["task.started", "task.build.failed"],
            cancelled: &["task.cancelled", "operation.cancelled"],
            ..plain(&["task.queued"], "task.completed", "task.failed")
        },
        _ => return None,
    })
}

/// Says what is wrong with the timelines of operations that have all ended.
pub(crate) fn check(operations: &[Ended], events: &[Told]) -> Vec<String> {
    let mut of: BTreeMap<&str, Vec<&Told>> = BTreeMap::new();
    for event in events {
        if let Some(operation) = &event.operation_id {
            of.entry(operation).or_default().push(event);
        }
    }
    let mut wrong = Vec::new();
    for operation in operations {
        let told = of.remove(operation.id.as_str()).unwrap_or_default();
        if let Some(grammar) = grammar(&operation.kind)
            && let Err(why) = read(&grammar, operation, &told)
        {
            let kinds: Vec<&str> = told.iter().map(|event| event.kind.as_str()).collect();
            wrong.push(format!("operation {operation:?}: {why} in {kinds:?}"));
        }
    }
    wrong.extend(of.keys().map(|id| format!("events tell of operation {id}, which is not there")));
    wrong.extend(check_sandboxes(events));
    wrong
}

fn read(grammar: &Grammar, operation: &Ended, told: &[&Told]) -> Result<(), String> {
    let mut attempt = 0;
    let ending: Vec<&str> = match operation.status.as_str() {
        "succeeded" => vec![grammar.succeeded],
        "failed" => vec![grammar.failed],
        "cancelled" => grammar.cancelled.to_vec(),
        other => return Err(format!("it is {other}")),
    };
    // An app without a sandbox is deleted without a word before.
    let begins = usize::from(told.first().is_some_and(|event| event.kind == grammar.begins[0]));
    if begins == 0 && operation.kind != "app.delete" {
        return Err("it does not begin".to_owned());
    }
    let mut left = ending.as_slice();
    for event in &told[begins..] {
        let kind = event.kind.as_str();
        if event.attempt.is_some_and(|number| number < attempt) {
            return Err(format!("{kind} is of an attempt before"));
        }
        attempt = event.attempt.unwrap_or(attempt);
        let begun_to_end = left.len() < ending.len();
        match kind {
            _ if left.first() == Some(&kind) => left = &left[1..],
            _ if left.is_empty()
                && operation.status == "succeeded"
                && grammar.after.contains(&kind) => {}
            _ if begun_to_end => return Err(format!("{kind} after the end")),
            "operation.retried" | "operation.rescued" => {}
            _ if grammar.between.contains(&kind) => {}
            _ => return Err(format!("{kind} has no place")),
        }
    }
    if left.is_empty() { Ok(()) } else { Err(format!("{left:?} is missing")) }
}

/// What may be told of a sandbox, whichever operation tells it.
fn check_sandboxes(events: &[Told]) -> Vec<String> {
    let mut wrong = Vec::new();
    let (mut made, mut gone, mut crashed) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for event in events {
        let Some(sandbox) = event.sandbox_id.as_deref() else { continue };
        let kind = event.kind.as_str();
        if gone.contains(sandbox) && kind.starts_with("sandbox.") {
            wrong.push(format!("{kind} of sandbox {sandbox} after its end"));
        }
        if crashed.remove(sandbox) && kind != "sandbox.stopped" {
            wrong.push(format!("sandbox {sandbox} crashed, and then {kind}"));
        }
        match kind {
            "sandbox.created" if !made.insert(sandbox) => {
                wrong.push(format!("sandbox {sandbox} was created twice"));
            }
            "sandbox.deleted" => drop(gone.insert(sandbox)),
            "sandbox.crashed" => drop(crashed.insert(sandbox)),
            _ => {}
        }
    }
    wrong
}

#[cfg(test)]
fn told(kinds: &[&str]) -> Vec<Told> {
    let event = |kind: &&str| Told {
        kind: (*kind).to_owned(),
        operation_id: Some("o".to_owned()),
        sandbox_id: Some("s".to_owned()),
        attempt: Some(1),
    };
    kinds.iter().map(event).collect()
}

pub(crate) fn a_timeline_is_read_strictly() {
    let stop = |status: &str, kinds: &[&str]| {
        let kind = "sandbox.stop".to_owned();
        let operation = Ended { id: "o".to_owned(), kind, status: status.to_owned() };
        check(&[operation], &told(kinds)).len()
    };
    let begun = "sandbox.stop.started";
    let (stopped, failed) = ("sandbox.stopped", "sandbox.stop.failed");
    assert_eq!(stop("succeeded", &[begun, "operation.rescued", stopped]), 0);
    assert_eq!(stop("failed", &[begun, "operation.retried", failed]), 0);
    assert_eq!(stop("cancelled", &[begun, "operation.cancelled"]), 0);
    for (status, wrong) in [
        ("succeeded", &[begun][..]),
        ("succeeded", &[stopped]),
        ("succeeded", &[begun, stopped, stopped]),
        ("succeeded", &[begun, failed]),
        ("succeeded", &[begun, stopped, "operation.retried"]),
        ("failed", &[begun, stopped, failed]),
        ("running", &[begun]),
        ("succeeded", &[begun, "sandbox.started", stopped]),
        ("succeeded", &[begun, "sandbox.crashed", "operation.retried", stopped]),
    ] {
        assert!(stop(status, wrong) > 0, "{status} {wrong:?}");
    }
}
