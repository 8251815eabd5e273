//! `sandboxctl snapshots tree`: which snapshot came from which.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::client::{Failure, Route};
use crate::output::{age, clean, text_of};
use crate::session::Session;

/// The largest page of a list; a tree of more is not for eyes.
const LIMIT: u16 = 200;

pub(super) async fn show(session: &Session, app: &str) -> Result<(), Failure> {
    let app = session.client.find_app(app).await?;
    let id = text_of(&app, "id");
    let route = Route::v1(["apps", &id, "snapshots"]).with("limit", Some(LIMIT));
    let answer = session.client.get(&route).await?;
    session.out.show(&answer, |page| {
        let snapshots = page["snapshots"].as_array().cloned().unwrap_or_default();
        let now = session.out.now;
        draw(&snapshots, |snapshot| {
            let (id, name) = (text_of(snapshot, "id"), clean(&text_of(snapshot, "name")));
            let age = age(snapshot["created_at"].as_str(), now);
            format!("{name}  {id} ({}, {age})", text_of(snapshot, "kind"))
        })
    });
    Ok(())
}

/// The tree, oldest first, a line for each. One whose parent isn't there stands for itself.
fn draw(snapshots: &[Value], label: impl Fn(&Value) -> String) -> String {
    let ids: HashSet<&str> = snapshots.iter().filter_map(|one| one["id"].as_str()).collect();
    let mut children: HashMap<&str, Vec<&Value>> = HashMap::new();
    // The list is newest first.
    for snapshot in snapshots.iter().rev() {
        let parent = snapshot["parent_snapshot_id"].as_str().unwrap_or_default();
        let parent = if ids.contains(parent) { parent } else { "" };
        children.entry(parent).or_default().push(snapshot);
    }
    let mut lines = String::new();
    // What is still to be drawn, the next last: its line's beginning, and that of its children.
    let roots = children.remove("").unwrap_or_default();
    let mut stack: Vec<(String, String, &Value)> =
        roots.into_iter().rev().map(|root| (String::new(), String::new(), root)).collect();
    while let Some((own, below, snapshot)) = stack.pop() {
        lines += &format!("{own}{}\n", label(snapshot));
        let id = snapshot["id"].as_str().unwrap_or_default();
        // Taken out, so that no snapshot is drawn twice whatever the API says.
        let its = children.remove(id).unwrap_or_default();
        for (place, child) in its.into_iter().rev().enumerate() {
            let (corner, line) = if place == 0 { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            stack.push((format!("{below}{corner}"), format!("{below}{line}"), child));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn snapshot(id: &str, parent: Option<&str>) -> Value {
        json!({ "id": id, "parent_snapshot_id": parent })
    }

    #[test]
    fn children_are_below_their_parents_oldest_first() {
        let list = [
            snapshot("f", Some("gone")),
            snapshot("e", Some("b")),
            snapshot("d", Some("a")),
            snapshot("c", Some("b")),
            snapshot("b", Some("a")),
            snapshot("a", None),
        ];
        let drawn = draw(&list, |snapshot| text_of(snapshot, "id"));
        assert_eq!(drawn, "a\n├─ b\n│  ├─ c\n│  └─ e\n└─ d\nf\n");
    }

    #[test]
    fn a_circle_is_no_endless_tree() {
        let list = [snapshot("a", Some("b")), snapshot("b", Some("a")), snapshot("c", None)];
        assert_eq!(draw(&list, |snapshot| text_of(snapshot, "id")), "c\n");
    }
}
