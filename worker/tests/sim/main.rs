//! Simulated lives: real rows, handlers, runner, reaper and reconciler; an engine, a disk and a clock
//! in memory; and faults drawn from a seed. docs/reliability.md tells how to use it.
//!
//! Each life has a process of its own, so that nothing of another one's is left in it; this binary
//! starts itself, and so has no test harness. It needs root: run directories belong to the sandbox.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod agents;
mod audit;
mod check;
mod client;
mod disk;
mod driver;
mod engine;
mod entropy;
#[expect(dead_code, reason = "what another suite of the worker needs besides")]
#[path = "../jobs/fakes.rs"]
mod fakes;
mod life;
mod model;
mod observe;
mod plan;
mod process;
#[path = "../workspace_suite/rng.rs"]
mod rng;
mod threads;
mod timeline;
mod trace;
mod work;
mod worker;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use sandboxd_shared::clock::SystemClock;
use sandboxd_shared::clock::Timestamp;
use sandboxd_shared::domain::DriverKind;
use sandboxd_shared::feed::Doorbell;
use sandboxd_shared::store::{Store, migrate, nodes};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;

/// Lives of one run unless `SANDBOXD_SIM_SEEDS` says otherwise: four to five minutes of two cores.
const SEEDS: u64 = 2_000;
/// One of so many is lived twice.
const TWICE: u64 = 25;
/// How long one life may take on the host's clock. Most take a quarter of a second.
const LIFE_LIMIT: Duration = Duration::from_secs(60);
/// Failed lives that are told of.
const TOLD: usize = 5;

type Test = (&'static str, fn());

const TESTS: [Test; 6] = [
    ("lives_end_well", lives_end_well),
    ("a_seed_is_one_life", a_seed_is_one_life),
    ("others_run_only_when_they_are_let", threads::others_run_only_when_they_are_let),
    ("a_timeline_is_read_strictly", timeline::a_timeline_is_read_strictly),
    ("a_workspace_is_one_of_two", model::a_workspace_is_one_of_two),
    ("a_capture_takes_one_instant", model::a_capture_takes_one_instant),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["life", seed, template, how] => return life(seed, Path::new(template), how == "tell"),
        [.., "--ignored"] => {}
        ["--list", ..] => TESTS.iter().for_each(|(name, _)| println!("{name}: test")),
        _ => {
            let wanted = |name: &str| arguments.contains(&name);
            let named = TESTS.iter().any(|(name, _)| wanted(name));
            for (name, test) in TESTS {
                if !named || wanted(name) {
                    test();
                    println!("{name}: ok");
                }
            }
        }
    }
    ExitCode::SUCCESS
}

/// In memory where there is such a place: thousands of databases are made and synced.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() }.unwrap()
}

/// Shows what workers log, if `SANDBOXD_SIM_LOG` says what.
#[expect(clippy::disallowed_methods, reason = "a test has no command line of its own")]
fn log() {
    if let Ok(filter) = std::env::var("SANDBOXD_SIM_LOG") {
        tracing_subscriber::fmt().with_env_filter(filter).without_time().with_ansi(false).init();
    }
}

/// The child's part: one life, told on stdout.
fn life(seed: &str, template: &Path, tells: bool) -> ExitCode {
    let seed = seed.parse().unwrap();
    log();
    let folder = folder();
    // A thread of its own, because its random numbers are the seed's from the first one on.
    let (data, template) = (folder.path().to_owned(), template.to_owned());
    let (lives, ended) = mpsc::channel::<()>();
    let lived = std::thread::spawn(move || {
        let _lives = lives;
        entropy::seed_this_thread(seed);
        threads::simulate_this_thread();
        let outcome = life::live(seed, &data, &template);
        threads::leave();
        outcome
    });
    if ended.recv_timeout(LIFE_LIMIT) == Err(RecvTimeoutError::Timeout) {
        println!("WRONG: it is not over after {LIFE_LIMIT:?}");
        return ExitCode::FAILURE;
    }
    let Ok(outcome) = lived.join() else { return ExitCode::FAILURE };
    if tells || !outcome.wrong.is_empty() {
        outcome.lines.iter().for_each(|line| println!("{line}"));
    }
    println!("trace {} ({})", outcome.hash, outcome.summary);
    for wrong in &outcome.wrong {
        println!("WRONG: {wrong}");
    }
    if outcome.wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A database that is migrated, which each life begins with a copy of.
fn template(folder: &Path) -> PathBuf {
    let file = folder.join("template.db");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(&file, Arc::new(SystemClock), Doorbell::silent()).await.unwrap();
        migrate(&store).await.unwrap();
        let mut tx = store.write().await.unwrap();
        let (driver, why) = (DriverKind::Overlay, "a simulation");
        nodes::set_driver(&mut tx, work::NODE, driver, why, Timestamp(0)).await.unwrap();
        tx.commit().await.unwrap();
        store.close().await;
        // What is still in the log would be missing from a copy of the file.
        let options = SqliteConnectOptions::new().filename(&file);
        let mut conn = options.connect().await.unwrap();
        sqlx::query(audit::TABLE).execute(&mut conn).await.unwrap();
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut conn).await.unwrap();
        conn.close().await.unwrap();
    });
    file
}

fn run_life(seed: u64, template: &Path, how: &str) -> Output {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["life", &seed.to_string()]).arg(template).arg(how).output().unwrap()
}

#[expect(clippy::disallowed_methods, reason = "a test has no command line of its own")]
fn number_from(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is no number: {text}")))
}

fn lives_end_well() {
    let folder = folder();
    let template = template(folder.path());
    if let Some(seed) = number_from("SANDBOXD_SIM_SEED") {
        let output = run_life(seed, &template, "tell");
        print!("{}", String::from_utf8_lossy(&output.stdout));
        eprint!("{}", String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "the life of seed {seed} does not end well");
        return;
    }
    let seeds = number_from("SANDBOXD_SIM_SEEDS").unwrap_or(SEEDS);
    let failed = AtomicUsize::new(0);
    for_each_seed(seeds, |seed| {
        let output = run_life(seed, &template, "quietly");
        if !output.status.success() && failed.fetch_add(1, Ordering::SeqCst) < TOLD {
            tell(seed, &output);
        }
    });
    let failed = failed.into_inner();
    assert_eq!(failed, 0, "{failed} of {seeds} lives do not end well");
}

/// A life that fails is lived again by its seed: it must be the same one.
fn a_seed_is_one_life() {
    let folder = folder();
    let template = template(folder.path());
    let seeds = number_from("SANDBOXD_SIM_SEEDS").unwrap_or(SEEDS) / TWICE;
    let parted = Mutex::new(Vec::new());
    for_each_seed(seeds, |seed| {
        let life = || run_life(seed, &template, "tell").stdout;
        if let Some(place) = first_difference(&life(), &life()) {
            parted.lock().unwrap().push((seed, place));
        }
    });
    let parted = parted.into_inner().unwrap();
    assert!(
        parted.is_empty(),
        "{} of {seeds} lives part from themselves: {parted:#?}",
        parted.len()
    );
}

/// The first lines that are not the same, and where that is.
fn first_difference(one: &[u8], other: &[u8]) -> Option<String> {
    let (one, other) = (String::from_utf8_lossy(one), String::from_utf8_lossy(other));
    let (mut left, mut right, mut line) = (one.lines(), other.lines(), 0);
    loop {
        line += 1;
        match (left.next(), right.next()) {
            (None, None) => return None,
            (one, other) if one == other => {}
            (one, other) => {
                let lines = (one.unwrap_or("the end"), other.unwrap_or("the end"));
                return Some(format!("line {line}: {} | {}", lines.0, lines.1));
            }
        }
    }
}

/// On all processors, each with the threads of one life at a time: who waits for another one of them
/// waits shortest there.
fn for_each_seed(seeds: u64, live: impl Fn(u64) + Sync) {
    let next = AtomicU64::new(1);
    let processors = sched_getaffinity(None).unwrap();
    let all = (0..CpuSet::MAX_CPU).filter(|cpu| processors.is_set(*cpu));
    let count = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for cpu in all.take(count) {
            let (next, live) = (&next, &live);
            scope.spawn(move || {
                let mut own = CpuSet::new();
                own.set(cpu);
                sched_setaffinity(None, &own).unwrap();
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed > seeds {
                        return;
                    }
                    live(seed);
                }
            });
        }
    });
}

fn tell(seed: u64, output: &Output) {
    let (out, err) = (&output.stdout, &output.stderr);
    println!(
        "seed {seed}:\n{}{}live it again with SANDBOXD_SIM_SEED={seed} cargo nextest run \
         -p sandboxd-worker --no-capture -E 'test(lives_end_well)'\n",
        String::from_utf8_lossy(out),
        String::from_utf8_lossy(err),
    );
}
