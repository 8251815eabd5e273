//! Whether each timeline is a sequence that can be: an operation begins once, ends once, as its row
//! says, tells nothing afterwards, and no other one of its sandbox is told of in between.

use std::collections::HashMap;

use sqlx::SqliteConnection;

use super::operations::Row;

/// An event's row.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Event {
    pub(crate) operation_id: String,
    pub(crate) kind: String,
    pub(crate) attempt: i64,
}

/// The events of operations, oldest first.
pub(crate) async fn events(conn: &mut SqliteConnection) -> sqlx::Result<Vec<Event>> {
    let sql = "SELECT operation_id, type AS kind, coalesce(attempt, 0) AS attempt FROM events \
               WHERE operation_id IS NOT NULL ORDER BY id";
    sqlx::query_as(sql).fetch_all(conn).await
}

/// How a kind is told of: its begin, its success and its failure.
fn words(kind: &str) -> Option<[&'static str; 3]> {
    Some(match kind {
        "sandbox.create" => ["sandbox.create.started", "sandbox.created", "sandbox.create.failed"],
        "sandbox.start" => ["sandbox.start.started", "sandbox.started", "sandbox.start.failed"],
        "sandbox.stop" => ["sandbox.stop.started", "sandbox.stopped", "sandbox.stop.failed"],
        "sandbox.delete" => ["sandbox.stop.started", "sandbox.deleted", "sandbox.stop.failed"],
        "app.delete" => ["sandbox.stop.started", "app.deleted", "sandbox.stop.failed"],
        "snapshot.capture" => {
            ["snapshot.capture.started", "snapshot.captured", "snapshot.capture.failed"]
        }
        "app.restore" => {
            ["snapshot.restore.started", "snapshot.restored", "snapshot.restore.failed"]
        }
        "app.fork" => ["snapshot.fork.started", "snapshot.forked", "snapshot.fork.failed"],
        "app.explore" => ["app.explore.started", "app.explored", "app.explore.failed"],
        "task.run" => ["task.queued", "task.completed", "task.failed"],
        // It isn't a tenant's.
        _ => return None,
    })
}

/// What is wrong, for all operations.
pub(crate) fn wrong(rows: &[Row], events: &[Event]) -> Vec<String> {
    let mut by_operation: HashMap<&str, Vec<(usize, &Event)>> = HashMap::new();
    for (place, event) in events.iter().enumerate() {
        by_operation.entry(event.operation_id.as_str()).or_default().push((place, event));
    }
    let mut found = Vec::new();
    let mut busy_until: HashMap<&str, (usize, &str)> = HashMap::new();
    let mut ordered: Vec<(usize, usize, &Row)> = Vec::new();
    for row in rows {
        let Some(words) = words(&row.kind) else { continue };
        let told = by_operation.remove(row.id.as_str()).unwrap_or_default();
        let what = format!("{} {}", row.kind, row.id);
        found.extend(of_one(row, words, &told).into_iter().map(|why| {
            let kinds: Vec<&str> = told.iter().map(|(_, event)| event.kind.as_str()).collect();
            format!("{what}: {why}: {kinds:?}")
        }));
        if let (Some((first, _)), Some((last, _))) = (told.first(), told.last()) {
            ordered.push((*first, *last, row));
        }
    }
    ordered.sort_by_key(|(first, ..)| *first);
    for (first, last, row) in ordered {
        let before = busy_until.insert(row.lock_key.as_str(), (last, row.id.as_str()));
        if let Some((until, other)) = before
            && until > first
        {
            found.push(format!("{} {} was begun while {other} was on", row.kind, row.id));
        }
    }
    let unknown = by_operation.keys().map(|id| format!("events of {id}, which is no operation"));
    found.extend(unknown);
    found
}

fn of_one(
    row: &Row,
    [begin, success, failure]: [&str; 3],
    told: &[(usize, &Event)],
) -> Vec<String> {
    let mut found = Vec::new();
    let end = match row.status.as_str() {
        "succeeded" => success,
        "failed" => failure,
        "cancelled" if row.kind == "task.run" => "task.cancelled",
        "cancelled" => "operation.cancelled",
        _ => return found,
    };
    let count = |kind: &str| told.iter().filter(|(_, event)| event.kind == kind).count();
    // An app without a sandbox has nothing to stop.
    let begun = count(begin);
    if begun != 1 && !(row.kind == "app.delete" && begun == 0) {
        found.push(format!("it began {begun} times"));
    }
    if begun == 1 && told.first().is_some_and(|(_, event)| event.kind != begin) {
        found.push("something is told before its begin".to_owned());
    }
    let ends: usize = [success, failure, "task.cancelled", "operation.cancelled"]
        .iter()
        .filter(|kind| !(row.kind == "task.run" && **kind == "operation.cancelled"))
        .map(|kind| count(kind))
        .sum();
    if ends != 1 || count(end) != 1 {
        found.push(format!("it is {} and its end is told {ends} times", row.status));
    }
    let after = told.iter().skip_while(|(_, event)| event.kind != end).skip(1);
    for (_, event) in after {
        let may_follow = matches!(event.kind.as_str(), "sandbox.recovered")
            || event.kind.starts_with("preview.")
            || (row.kind == "task.run" && event.kind == "operation.cancelled");
        if !may_follow {
            found.push(format!("{} is told after its end", event.kind));
        }
    }
    if !told.is_sorted_by_key(|(_, event)| event.attempt) {
        found.push("its attempts go backwards".to_owned());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: &str, status: &str) -> Row {
        Row {
            id: id.to_owned(),
            kind: "sandbox.stop".to_owned(),
            status: status.to_owned(),
            attempt: 1,
            lock_key: "sandbox".to_owned(),
        }
    }

    fn told(lines: &[(&str, &str)]) -> Vec<Event> {
        let event = |(id, kind): &(&str, &str)| Event {
            operation_id: (*id).to_owned(),
            kind: (*kind).to_owned(),
            attempt: 1,
        };
        lines.iter().map(event).collect()
    }

    #[test]
    fn one_after_the_other_is_right() {
        let rows = [row("a", "succeeded"), row("b", "failed")];
        let events = told(&[
            ("a", "sandbox.stop.started"),
            ("a", "operation.rescued"),
            ("a", "sandbox.stopped"),
            ("b", "sandbox.stop.started"),
            ("b", "sandbox.stop.failed"),
        ]);
        assert_eq!(wrong(&rows, &events), Vec::<String>::new());
    }

    #[test]
    fn what_cannot_be_is_found() {
        for events in [
            &[("a", "sandbox.stop.started")][..],
            &[("a", "sandbox.stop.started"), ("a", "sandbox.stop.failed")],
            &[("a", "sandbox.stop.started"), ("a", "sandbox.stopped"), ("a", "sandbox.stopped")],
            &[("a", "sandbox.stop.started"), ("a", "sandbox.stopped"), ("a", "operation.rescued")],
            &[("a", "sandbox.stopped")],
            &[
                ("x", "sandbox.stop.started"),
                ("a", "sandbox.stop.started"),
                ("a", "sandbox.stopped"),
            ],
        ] {
            assert!(!wrong(&[row("a", "succeeded")], &told(events)).is_empty(), "{events:?}");
        }
        let two = [row("a", "succeeded"), row("b", "succeeded")];
        let mixed = told(&[
            ("a", "sandbox.stop.started"),
            ("b", "sandbox.stop.started"),
            ("a", "sandbox.stopped"),
            ("b", "sandbox.stopped"),
        ]);
        assert_eq!(wrong(&two, &mixed).len(), 1);
    }
}
