use super::*;
use crate::clock::SystemClock;
use crate::store::migrate;

#[tokio::test]
async fn who_could_not_commit_once_writes_again() {
    let folder = tempfile::tempdir().unwrap();
    let (file, clock) = (folder.path().join("db"), Arc::new(SystemClock));
    let store = Store::open(&file, clock, Doorbell::silent()).await.unwrap();
    let mut tx = store.write().await.unwrap();
    sqlx::query("CREATE TABLE t (n INTEGER)").execute(&mut *tx).await.unwrap();
    tx.lock_handle().await.unwrap().set_commit_hook(|| false);
    assert!(tx.commit().await.is_err());
    for _ in 0..2 {
        let mut tx = store.write().await.unwrap();
        sqlx::query("CREATE TABLE IF NOT EXISTS t (n INTEGER)").execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    }
    // apalis has no other connections to go to, either.
    for _ in 0..QUEUE_CONNECTIONS {
        let mut tx = store.queue_pool().begin().await.unwrap();
        sqlx::query("INSERT INTO t VALUES (1)").execute(&mut *tx).await.unwrap();
        tx.lock_handle().await.unwrap().set_commit_hook(|| false);
        assert!(tx.commit().await.is_err());
    }
    for _ in 0..=QUEUE_CONNECTIONS {
        let mut tx = store.queue_pool().begin().await.unwrap();
        sqlx::query("INSERT INTO t VALUES (2)").execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn only_what_must_be_is_synced() {
    let folder = tempfile::tempdir().unwrap();
    let (file, clock) = (folder.path().join("db"), Arc::new(SystemClock));
    let store = Store::open(&file, clock, Doorbell::silent()).await.unwrap();
    // As SQLite numbers FULL and NORMAL.
    for synchronous in [2_i64, 1, 2] {
        let begun =
            if synchronous == 2 { store.write().await } else { store.write_lightly().await };
        let mut tx = begun.unwrap();
        let set: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(&mut *tx).await.unwrap();
        assert_eq!(set, synchronous);
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn who_waits_for_another_process_has_the_lock_soon_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let (file, clock) = (folder.path().join("db"), Arc::new(SystemClock));
    let ours = Store::open(&file, Arc::clone(&clock) as _, Doorbell::silent()).await.unwrap();
    let theirs = Store::open(&file, clock, Doorbell::silent()).await.unwrap();
    let mut late = Vec::new();
    for _ in 0..9 {
        let held = theirs.write().await.unwrap();
        let waiting = tokio::spawn({
            let ours = ours.clone();
            async move { ours.write().await.map(|_| Instant::now()) }
        });
        // SQLite's own waiting would be asleep for 100 ms at a time by then.
        tokio::time::sleep(Duration::from_millis(230)).await;
        held.rollback().await.unwrap();
        let free = Instant::now();
        late.push(waiting.await.unwrap().unwrap().saturating_duration_since(free));
    }
    late.sort();
    assert!(late[4] < Duration::from_millis(20), "{late:?}");
}

#[tokio::test]
async fn a_column_that_the_next_version_adds_disturbs_nobody() {
    const ALL: &str = "SELECT a FROM t";
    let folder = tempfile::tempdir().unwrap();
    let (file, clock) = (folder.path().join("db"), Arc::new(SystemClock));
    let old = Store::open(&file, Arc::clone(&clock) as _, Doorbell::silent()).await.unwrap();
    let new = Store::open(&file, clock, Doorbell::silent()).await.unwrap();
    let mut tx = new.write().await.unwrap();
    sqlx::query("CREATE TABLE t (a INTEGER)").execute(&mut *tx).await.unwrap();
    sqlx::query("INSERT INTO t VALUES (1)").execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    // As often as there are connections, so that each has seen the table as it was.
    for step in 0..2 {
        let mut tx = old.write().await.unwrap();
        assert_eq!(sqlx::query(ALL).fetch_all(&mut *tx).await.unwrap().len(), 1);
        tx.commit().await.unwrap();
        let mut reading = Vec::new();
        for _ in 0..READERS {
            reading.push(old.read().await.unwrap());
        }
        for conn in &mut reading {
            assert_eq!(sqlx::query(ALL).fetch_all(&mut **conn).await.unwrap().len(), 1);
        }
        let column = format!("ALTER TABLE t ADD COLUMN b{step} INTEGER");
        let mut tx = new.write().await.unwrap();
        sqlx::query(sqlx::AssertSqlSafe(column)).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_process_of_the_version_before_starts_on_a_newer_schema() {
    let folder = tempfile::tempdir().unwrap();
    let (file, clock) = (folder.path().join("db"), Arc::new(SystemClock));
    let store = Store::open(&file, clock, Doorbell::silent()).await.unwrap();
    migrate(&store).await.unwrap();
    let mut tx = store.write().await.unwrap();
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'of the next version', TRUE, x'00', 0)",
    )
    .execute(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    migrate(&store).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn many_processes_may_set_up_a_new_database_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("new.db");
    let setups = (0..8).map(|_| {
        let file = file.clone();
        tokio::spawn(async move {
            let store = Store::open(&file, Arc::new(SystemClock), Doorbell::silent()).await?;
            migrate(&store).await
        })
    });
    for setup in futures::future::join_all(setups).await {
        setup.unwrap().unwrap();
    }
}

/// A connection that can't optimize what it has read isn't waited for by the pool that closes it, and
/// the log may be there still when the store says that it is closed.
#[tokio::test]
async fn who_reads_what_has_no_statistics_is_closed_like_others() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("db");
    let store = Store::open(&file, Arc::new(SystemClock), Doorbell::silent()).await.unwrap();
    let mut tx = store.write().await.unwrap();
    let made = "CREATE TABLE t (n INTEGER); CREATE INDEX by_n ON t (n); INSERT INTO t VALUES (1)";
    sqlx::raw_sql(made).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    let mut reader = store.read().await.unwrap();
    let query = sqlx::query_scalar("SELECT count(*) FROM t WHERE n = 1");
    let found: i64 = query.fetch_one(&mut *reader).await.unwrap();
    assert_eq!(found, 1);
    reader.close().await.unwrap();
    store.close_for_good().await;
    assert!(!folder.path().join("db-wal").exists(), "the log is in the file");
}
