//! Whether nothing is under way or left over: rows, containers, volumes, directories, mounts.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Context;
use sqlx::SqliteConnection;

use crate::engine::Engine;

/// Queries of which every row is something that is stuck.
const STUCK: [(&str, &str); 11] = [
    (
        "operation",
        "SELECT id || ' ' || kind || ' ' || status FROM operations \
        WHERE status IN ('queued', 'running')",
    ),
    (
        "sandbox",
        "SELECT id || ' ' || status FROM sandboxes \
        WHERE status NOT IN ('running', 'stopped', 'error')",
    ),
    (
        "sandbox that an operation has",
        "SELECT id || ' ' || active_operation_id FROM sandboxes \
        WHERE active_operation_id IS NOT NULL",
    ),
    (
        "sandbox that a task has",
        "SELECT id || ' ' || active_task_id FROM sandboxes \
        WHERE active_task_id IS NOT NULL",
    ),
    (
        "app that an operation has",
        "SELECT id || ' ' || active_operation_id FROM apps \
        WHERE active_operation_id IS NOT NULL",
    ),
    (
        "snapshot",
        "SELECT id || ' ' || status FROM snapshots WHERE status NOT IN ('ready', 'failed')",
    ),
    ("task", "SELECT id || ' ' || status FROM tasks WHERE status IN ('queued', 'running')"),
    ("layer", "SELECT id || ' ' || state || ' ' || source FROM layers WHERE state <> 'ready'"),
    (
        "layer that nothing stands on",
        "SELECT id || ' ' || source FROM layers l \
        WHERE NOT EXISTS (SELECT 1 FROM layers c WHERE c.parent_id = l.id OR c.flat_of = l.id) \
        AND NOT EXISTS (SELECT 1 FROM snapshots s WHERE s.layer_id = l.id) \
        AND NOT EXISTS (SELECT 1 FROM generations g WHERE g.base_layer_id = l.id) \
        AND l.flat_of IS NULL",
    ),
    (
        "workspace",
        "SELECT sandbox_id || ' g' || number || ' ' || state FROM generations \
        WHERE state <> 'active'",
    ),
    (
        "workspace without a sandbox",
        "SELECT sandbox_id || ' g' || number FROM generations \
        WHERE sandbox_id NOT IN (SELECT id FROM sandboxes)",
    ),
];

/// What should be on the node, as names.
#[derive(Debug, Default)]
struct Expected {
    /// `s-<id>` of what runs.
    containers: BTreeSet<String>,
    volumes: BTreeSet<String>,
    /// `<sandbox>/g<N>`.
    workspaces: BTreeSet<String>,
    /// The same of what is mounted.
    mounted: BTreeSet<String>,
    layers: BTreeSet<String>,
    /// All sandboxes, in lower case.
    sandboxes: BTreeSet<String>,
}

/// Everything that is stuck in the rows.
pub(crate) async fn stuck(conn: &mut SqliteConnection) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    for (what, sql) in STUCK {
        let rows: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut *conn).await?;
        found.extend(rows.into_iter().map(|row| format!("{what}: {row}")));
    }
    Ok(found)
}

async fn expected(conn: &mut SqliteConnection) -> anyhow::Result<Expected> {
    let mut expected = Expected::default();
    let sql = "SELECT lower(id), status, generation FROM sandboxes";
    let sandboxes: Vec<(String, String, i64)> = sqlx::query_as(sql).fetch_all(&mut *conn).await?;
    for (id, status, generation) in sandboxes {
        if status == "running" {
            expected.containers.insert(format!("s-{id}"));
            expected.volumes.insert(format!("s-{id}-g{generation}"));
            expected.mounted.insert(format!("{id}/g{generation}"));
        }
        expected.sandboxes.insert(id);
    }
    let workspaces: Vec<String> =
        sqlx::query_scalar("SELECT lower(sandbox_id) || '/g' || number FROM generations")
            .fetch_all(&mut *conn)
            .await?;
    expected.workspaces.extend(workspaces);
    let layers: Vec<String> =
        sqlx::query_scalar("SELECT id FROM layers").fetch_all(&mut *conn).await?;
    expected.layers.extend(layers);
    Ok(expected)
}

/// What is there and shouldn't be, and what should be there and isn't.
pub(crate) async fn orphans(
    conn: &mut SqliteConnection,
    engine: &Engine,
    data: &Path,
    label: &str,
) -> anyhow::Result<Vec<String>> {
    let expected = expected(conn).await?;
    let filter = format!("label={label}");
    let format = "{{.Names}} {{.State}}";
    let listed = engine.docker(&["ps", "-a", "--filter", &filter, "--format", format]).await?;
    let mut containers = BTreeSet::new();
    let mut found = Vec::new();
    for line in listed.lines() {
        let (name, state) = line.split_once(' ').context("a name and a state")?;
        if state != "running" {
            found.push(format!("container {name} is {state}"));
        }
        containers.insert(name.to_owned());
    }
    compare("container", &containers, &expected.containers, &mut found);
    let volumes = engine.docker(&["volume", "ls", "-q", "--filter", &filter]).await?;
    let volumes = volumes.lines().map(str::to_owned).collect();
    compare("volume", &volumes, &expected.volumes, &mut found);
    on_disk(data, &expected, &mut found)?;
    mounts(data, &expected, &mut found)?;
    Ok(found)
}

fn on_disk(data: &Path, expected: &Expected, found: &mut Vec<String>) -> anyhow::Result<()> {
    let mut workspaces = BTreeSet::new();
    for sandbox in names(&data.join("w"))? {
        let generations = names(&data.join("w").join(&sandbox))?;
        if generations.is_empty() && !expected.sandboxes.contains(&sandbox) {
            found.push(format!("directory w/{sandbox} is left"));
        }
        workspaces.extend(generations.iter().map(|generation| format!("{sandbox}/{generation}")));
    }
    let left = workspaces.difference(&expected.workspaces);
    found.extend(left.map(|name| format!("workspace w/{name} has no row")));
    let gone = expected.mounted.difference(&workspaces);
    found.extend(gone.map(|name| format!("workspace w/{name} is gone")));
    let mut layers = names(&data.join("l"))?;
    layers.remove("empty");
    compare("layer", &layers, &expected.layers, found);
    for folder in ["trash", "tmp"] {
        found.extend(names(&data.join(folder))?.iter().map(|name| format!("{folder}/{name}")));
    }
    for folder in ["run/s", "run/hosts"] {
        let names = names(&data.join(folder))?;
        let left = names.difference(&expected.sandboxes);
        found.extend(left.map(|name| format!("{folder}/{name} has no sandbox")));
    }
    Ok(())
}

/// Overlay mounts over the data directory: one for each sandbox that runs.
fn mounts(data: &Path, expected: &Expected, found: &mut Vec<String>) -> anyhow::Result<()> {
    let upper = format!("upperdir={}/w/", data.display());
    let mut mounted = BTreeSet::new();
    for line in std::fs::read_to_string("/proc/self/mountinfo")?.lines() {
        let Some((_, rest)) = line.split_once(&upper) else {
            // Whatever else is mounted below the data directory.
            let point = line.split(' ').nth(4).unwrap_or_default();
            if Path::new(point).starts_with(data) {
                found.push(format!("mount on {point}"));
            }
            continue;
        };
        let name = rest.split("/upper").next().unwrap_or_default().to_owned();
        if !mounted.insert(name.clone()) {
            found.push(format!("workspace {name} is mounted twice"));
        }
    }
    compare("mount", &mounted, &expected.mounted, found);
    Ok(())
}

fn names(folder: &Path) -> anyhow::Result<BTreeSet<String>> {
    let entries = match std::fs::read_dir(folder) {
        // A sweep may be under way.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeSet::new()),
        entries => entries.with_context(|| folder.display().to_string())?,
    };
    entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

fn compare(
    what: &str,
    there: &BTreeSet<String>,
    expected: &BTreeSet<String>,
    found: &mut Vec<String>,
) {
    found.extend(there.difference(expected).map(|name| format!("{what} {name} is left")));
    found.extend(expected.difference(there).map(|name| format!("{what} {name} is gone")));
}
