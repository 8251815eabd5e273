//! The database: whole, of this version, and its log not growing for ever.

use std::path::Path;
use std::time::Duration;

use sandboxd_shared::node::{Finding, Severity, chain};
use sandboxd_shared::store::{Schema, Store, StoreError};

pub(super) const CHECK: &str = "database";
const SCHEMA: &str = "schema";
/// How long reading all of it may take.
const LIMIT: Duration = Duration::from_mins(2);
/// A log that is larger isn't reset any more: somebody reads all the time.
const WAL_MAX: u64 = 256 << 20;

pub(super) fn unopened(file: &Path, error: &StoreError) -> Finding {
    let said = format!("{} can't be opened: {}", file.display(), chain(error));
    Finding::error(CHECK, said, "run this as the user of the data directory, on its host")
}

pub(super) async fn check(store: &Store) -> Vec<Finding> {
    vec![schema(store).await, content(store).await, log(store)]
}

/// Whether the other checks can read it.
pub(super) fn is_readable(found: &[Finding]) -> bool {
    !found.iter().any(|finding| finding.check == SCHEMA && finding.severity == Severity::Error)
}

async fn schema(store: &Store) -> Finding {
    match sandboxd_shared::store::schema(store).await {
        Ok(Schema::Current) => Finding::ok(SCHEMA, "it is of this version"),
        Ok(Schema::Behind(count)) => Finding::error(
            SCHEMA,
            format!("{count} migrations of this version are missing"),
            "run sandboxd-api migrate, or start any process of this version",
        ),
        Ok(Schema::Ahead(count)) => Finding::error(
            SCHEMA,
            format!("it has {count} migrations that this version doesn't know"),
            "use the binaries of the newer version that has been here",
        ),
        Err(error) => Finding::error(
            SCHEMA,
            format!("it can't be read: {}", chain(&error)),
            "if this is no database of sandboxd, say where it is (SANDBOXD_DATA_DIR)",
        ),
    }
}

async fn content(store: &Store) -> Finding {
    let restore = "stop all processes, keep the file for a look, and put the newest backup in its \
                   place";
    match tokio::time::timeout(LIMIT, store.quick_check()).await {
        Ok(Ok(wrong)) if wrong.is_empty() => Finding::ok(CHECK, "quick_check finds nothing wrong"),
        Ok(Ok(wrong)) => {
            Finding::error(CHECK, format!("it is damaged: {}", wrong.join("; ")), restore)
        }
        Ok(Err(error)) => {
            Finding::error(CHECK, format!("it can't be read: {}", chain(&error)), restore)
        }
        Err(_) => Finding::warning(
            CHECK,
            format!("quick_check did not end within {LIMIT:?}"),
            "look at the disk's load, and try again when it is quiet",
        ),
    }
}

fn log(store: &Store) -> Finding {
    let mut name = store.file().as_os_str().to_owned();
    name.push("-wal");
    let bytes = std::fs::metadata(name).map_or(0, |found| found.len());
    let said = format!("its log (WAL) has {} MiB", bytes >> 20);
    if bytes <= WAL_MAX {
        return Finding::ok(CHECK, said);
    }
    let advice = "a process reads without an end and keeps it from being reset: restart gateway, \
                  API and workers, one after the other";
    Finding::warning(CHECK, said, advice)
}
