//! Whether each operation was done once: all that were accepted have ended, each once, and none was
//! in two hands.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sqlx::SqliteConnection;

use crate::faults::Hit;
use crate::trail::Change;
use crate::world::World;

/// Kinds that only the load asks for.
const ASKED_FOR: [&str; 4] = ["sandbox.create", "app.restore", "app.fork", "app.delete"];

/// An operation's row.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) status: String,
    pub(crate) attempt: i64,
    pub(crate) lock_key: String,
}

/// All operations, oldest first.
pub(crate) async fn rows(conn: &mut SqliteConnection) -> sqlx::Result<Vec<Row>> {
    let sql = "SELECT id, kind, status, attempt, lock_key FROM operations ORDER BY id";
    sqlx::query_as(sql).fetch_all(conn).await
}

fn is_final(status: &str) -> bool {
    matches!(status, "succeeded" | "failed" | "cancelled")
}

/// Operations that were accepted and aren't there or haven't ended, and ones that nobody asked for.
pub(crate) fn lost(rows: &[Row], world: &World) -> Vec<String> {
    let by_id: HashMap<&str, &Row> = rows.iter().map(|row| (row.id.as_str(), row)).collect();
    let mut found = Vec::new();
    for (id, kind) in &world.accepted {
        match by_id.get(id.as_str()) {
            None => found.push(format!("{kind} {id} was accepted and is not there")),
            Some(row) if !is_final(&row.status) => {
                found.push(format!("{kind} {id} was accepted and is {}", row.status));
            }
            Some(_) => {}
        }
    }
    // Where no answer ever came, one operation may be there that the load doesn't know.
    let mut unanswered: u32 = world.unknown.values().sum();
    for row in rows.iter().filter(|row| ASKED_FOR.contains(&row.kind.as_str())) {
        if !world.accepted.contains_key(&row.id) {
            if unanswered == 0 {
                found.push(format!("{} {} was asked for by nobody", row.kind, row.id));
            }
            unanswered = unanswered.saturating_sub(1);
        }
    }
    found
}

/// Operations that ended more than once or changed afterwards, that were claimed while they or
/// something with the same lock ran, or whose claims aren't numbered one after the other.
pub(crate) fn done_twice(trail: &[Change]) -> Vec<String> {
    let mut found = Vec::new();
    let mut running: BTreeMap<&str, &str> = BTreeMap::new();
    let mut tokens: BTreeMap<&str, i64> = BTreeMap::new();
    let mut ended: BTreeSet<&str> = BTreeSet::new();
    for change in trail {
        let (id, key) = (change.id.as_str(), change.lock_key.as_str());
        if ended.contains(id) {
            found.push(format!("{id} became {} after it had ended", change.status));
        }
        if is_final(&change.status) {
            ended.insert(id);
        }
        if change.status == "running" {
            if let Some(other) = running.insert(key, id) {
                found.push(format!("{id} was claimed while {other} ran for {key}"));
            }
            let token = tokens.entry(id).or_default();
            *token += 1;
            if change.token != *token {
                found.push(format!("claim {token} of {id} has the token {}", change.token));
            }
        } else if change.was == "running" {
            running.remove(key);
        }
    }
    found
}

/// How long operations of workers that were killed or stopped waited for the next one, ms.
#[derive(Debug, Default)]
pub(crate) struct Rescues {
    pub(crate) of_killed: Vec<i64>,
    pub(crate) of_stopped: Vec<i64>,
}

/// From the fault to the next claim, for each operation that was in the worker's hands.
pub(crate) fn rescues(trail: &[Change], hits: &[Hit]) -> Rescues {
    let mut rescues = Rescues::default();
    let mut held: HashMap<&str, &Change> = HashMap::new();
    let mut waiting: HashMap<&str, &Hit> = HashMap::new();
    for change in trail {
        let id = change.id.as_str();
        if change.status == "running" {
            if let Some(hit) = waiting.remove(id) {
                let times =
                    if hit.killed { &mut rescues.of_killed } else { &mut rescues.of_stopped };
                times.push(change.at - hit.at);
            }
            held.insert(id, change);
        } else if let Some(claim) = held.remove(id)
            && change.status == "queued"
        {
            let cause = hits.iter().rev().find(|hit| {
                Some(&hit.worker) == claim.worker.as_ref()
                    && (claim.at..=change.at).contains(&hit.at)
            });
            waiting.extend(cause.map(|hit| (id, hit)));
        }
    }
    rescues
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(at: i64, id: &str, was: &str, status: &str, token: i64) -> Change {
        Change {
            at,
            id: id.to_owned(),
            was: was.to_owned(),
            status: status.to_owned(),
            lock_key: "sandbox".to_owned(),
            token,
            worker: Some(format!("worker-{token}")),
        }
    }

    #[test]
    fn a_rescue_is_no_second_run_and_is_timed() {
        let trail = [
            change(10, "a", "queued", "running", 1),
            change(30, "a", "running", "queued", 1),
            change(35, "a", "queued", "running", 2),
            change(50, "a", "running", "succeeded", 2),
            change(60, "b", "queued", "running", 1),
        ];
        assert_eq!(done_twice(&trail), Vec::<String>::new());
        let hits = [Hit { worker: "worker-1".to_owned(), at: 20, killed: true }];
        let rescues = rescues(&trail, &hits);
        assert_eq!((rescues.of_killed, rescues.of_stopped), (vec![15], vec![]));
    }

    #[test]
    fn two_hands_and_two_ends_are_found() {
        let two_hands =
            [change(10, "a", "queued", "running", 1), change(11, "b", "queued", "running", 1)];
        assert_eq!(done_twice(&two_hands).len(), 1);
        let two_ends = [
            change(10, "a", "queued", "running", 1),
            change(11, "a", "running", "succeeded", 1),
            change(12, "a", "succeeded", "failed", 1),
        ];
        assert_eq!(done_twice(&two_ends).len(), 1);
    }
}
