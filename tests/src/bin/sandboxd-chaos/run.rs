//! A run from its beginning to its report.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use sandboxd_tests::{Stack, StackOptions};
use sqlx::SqliteConnection;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::Options;
use crate::checks::seals::{self, Seals};
use crate::checks::{contents, operations, settled, timeline};
use crate::disk::SmallDisk;
use crate::engine::Engine;
use crate::faults::Victim;
use crate::plan::{Fault, WORKERS, plan};
use crate::report::Report;
use crate::trail;
use crate::user::User;
use crate::world::World;

const USERS: u64 = 6;
/// The disk of the data directory, megabytes.
const DISK: u64 = 768;
/// How long it may take until nothing is under way any more: all attempts of what has failed, and
/// what the reconciler looks at every half minute.
const SETTLE_LIMIT: Duration = Duration::from_secs(240);
const SETTLE_PAUSE: Duration = Duration::from_secs(1);

/// Breaks an installation and looks at what is left.
pub(crate) async fn run(options: &Options, seed: u64) -> anyhow::Result<Report> {
    let length = Duration::from_secs(options.minutes * 60);
    let faults = plan(seed, length);
    eprintln!("seed {seed}: {} faults in {} min", faults.len(), options.minutes);
    let mut victim = prepare(options).await?;
    let data = victim.stack.data.clone();
    let seen = Arc::new(tokio::sync::watch::Sender::new(Seals::new()));
    let watcher = tokio::spawn(seals::watch(data.clone(), Arc::clone(&seen)));
    let broken = break_it(&mut victim, &faults, seed, length).await;
    if let Some(logs) = &options.logs {
        keep_logs(&data, logs)?;
    }
    let world = broken?;
    watcher.abort();
    let seals = seen.borrow().clone();
    let report = examine(&mut victim, world, &seals).await;
    if let Some(logs) = &options.logs {
        keep_logs(&data, logs)?;
    }
    Ok(Report { seed, minutes: options.minutes, faults, ..report? })
}

async fn prepare(options: &Options) -> anyhow::Result<Victim> {
    let disk = SmallDisk::mount(options.scratch.clone(), DISK)?;
    let quotas = ["OPERATIONS_PER_MINUTE", "REQUESTS_PER_MINUTE", "RUNNING", "SANDBOXES", "TASKS"];
    let mut env: Vec<(String, String)> =
        quotas.iter().map(|quota| (format!("SANDBOXD_QUOTA_{quota}"), "0".to_owned())).collect();
    // Shorter than in use, so that a run of minutes sees what takes hours there.
    for (name, value) in [("LEASE", "8s"), ("ORPHAN_GRACE", "20s"), ("DISK_HEADROOM", "64m")] {
        env.push((format!("SANDBOXD_{name}"), value.to_owned()));
    }
    let data = Some(disk.path().join("data"));
    let of_stack = StackOptions { workers: WORKERS, env, data, ..StackOptions::default() };
    let stack = Stack::start_with(of_stack).await?;
    trail::lay(&mut trail::connect(&stack.data).await?).await?;
    let script = std::env::current_dir()?.join("scripts/engine");
    let engine = Engine { folder: options.engine.clone(), script };
    Ok(Victim::new(stack, engine, disk))
}

/// Lets users work while things break, and then gives them time to end.
async fn break_it(
    victim: &mut Victim,
    faults: &[Fault],
    seed: u64,
    length: Duration,
) -> anyhow::Result<World> {
    let begun = Instant::now();
    let mut users = JoinSet::new();
    for number in 0..USERS {
        let user = User::new(victim.stack.client.clone(), number, seed);
        users.spawn(user.run(begun + length));
    }
    victim.suffer(faults, begun).await;
    tokio::time::sleep_until(begun + length).await;
    eprintln!("faults are over");
    victim.heal().await.context("the installation isn't ready when all of it runs again")?;
    let mut world = World::default();
    while let Some(user) = users.join_next().await {
        world.add(user?);
    }
    Ok(world)
}

/// Everything that is under way or left over, in words.
async fn unsettled(victim: &Victim, conn: &mut SqliteConnection) -> anyhow::Result<Unsettled> {
    let label = victim.stack.docker.label();
    let data = &victim.stack.data;
    let stuck = settled::stuck(conn).await?;
    let orphans = settled::orphans(conn, &victim.engine, data, label).await?;
    Ok(Unsettled { stuck, orphans })
}

#[derive(Debug, Default)]
struct Unsettled {
    stuck: Vec<String>,
    orphans: Vec<String>,
}

/// Waits until nothing is under way and nothing left over, or long enough.
async fn settle(victim: &Victim, conn: &mut SqliteConnection) -> anyhow::Result<Unsettled> {
    let until = Instant::now() + SETTLE_LIMIT;
    loop {
        let left = unsettled(victim, conn).await?;
        if (left.stuck.is_empty() && left.orphans.is_empty()) || Instant::now() >= until {
            return Ok(left);
        }
        sleep(SETTLE_PAUSE).await;
    }
}

async fn examine(victim: &mut Victim, world: World, seals: &Seals) -> anyhow::Result<Report> {
    let mut conn = trail::connect(&victim.stack.data).await?;
    let begun = Instant::now();
    let after_faults = settle(victim, &mut conn).await?;
    let settled_s = begun.elapsed().as_secs_f64();
    eprintln!("settled after {settled_s:.0} s; looking at what is left");
    let changed = seals::changed(&victim.stack.data, seals).await;
    let (snapshots, of_snapshots) =
        contents::snapshots(&mut conn, &victim.stack.data, &world).await?;
    let client = &victim.stack.client;
    let of_sandboxes = contents::sandboxes(client, &victim.engine, &mut conn, &world).await?;
    let after_visits = settle(victim, &mut conn).await?;
    let rows = operations::rows(&mut conn).await?;
    let trail = trail::changes(&mut conn).await?;
    let events = timeline::events(&mut conn).await?;
    let mut violations = BTreeMap::from([
        ("lost operations", operations::lost(&rows, &world)),
        ("duplicates", operations::done_twice(&trail)),
        ("timelines", timeline::wrong(&rows, &events)),
        ("stuck", after_faults.stuck),
        ("orphans", after_faults.orphans),
        ("workspaces", of_sandboxes),
        ("snapshots", of_snapshots),
        ("changed layers", changed),
        ("seen in the run", world.wrong),
        ("database", database(&mut conn).await?),
    ]);
    violations.entry("stuck").or_default().extend(after_visits.stuck);
    violations.entry("orphans").or_default().extend(after_visits.orphans);
    Ok(Report {
        seed: 0,
        minutes: 0,
        users: USERS,
        disk: victim.disk.kind,
        faults: Vec::new(),
        missed: victim.missed.clone(),
        forgotten: victim.forgotten,
        steps: world.steps,
        accepted: world.accepted.len(),
        refused: world.refused,
        unknown: world.unknown,
        lost_apps: world.lost_apps,
        rescues: operations::rescues(&trail, &victim.hits),
        operations: rows,
        tasks: world.tasks.len(),
        reads: world.reads,
        sandboxes: world.apps.iter().filter(|app| app.sandbox.is_some()).count(),
        snapshots,
        layers: seals.len(),
        settled_s,
        violations,
    })
}

async fn database(conn: &mut SqliteConnection) -> anyhow::Result<Vec<String>> {
    let mut found: Vec<String> =
        sqlx::query_scalar("PRAGMA integrity_check").fetch_all(&mut *conn).await?;
    found.retain(|line| line != "ok");
    let broken: Vec<String> = sqlx::query_scalar(
        "SELECT \"table\" || ' ' || coalesce(rowid, '') || ' ' || parent \
             FROM pragma_foreign_key_check",
    )
    .fetch_all(&mut *conn)
    .await?;
    found.extend(broken);
    Ok(found)
}

fn keep_logs(data: &Path, to: &PathBuf) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(data.join("logs"))? {
        let entry = entry?;
        std::fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    std::fs::copy(data.join("sandboxd.db"), to.join("sandboxd.db"))?;
    Ok(())
}
