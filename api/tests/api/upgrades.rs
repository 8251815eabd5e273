//! Databases of every version that there has been, brought up to date: nothing of them is lost, and
//! the API works with them.

use std::collections::BTreeMap;
use std::path::Path;

use sandboxd_shared::app_config::seal;
use sandboxd_shared::domain::{ConfigKey, ConfigValue};
use sandboxd_shared::secrets::{Keys, SecretsOptions};
use serde_json::json;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use crate::support::TestApp;

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

/// What was put into a database of each version, on top of what those before had.
const FIXTURES: [&str; 14] = [
    include_str!("upgrades/0001.sql"),
    include_str!("upgrades/0002.sql"),
    include_str!("upgrades/0003.sql"),
    include_str!("upgrades/0004.sql"),
    include_str!("upgrades/0005.sql"),
    include_str!("upgrades/0006.sql"),
    include_str!("upgrades/0007.sql"),
    include_str!("upgrades/0008.sql"),
    include_str!("upgrades/0009.sql"),
    include_str!("upgrades/0010.sql"),
    include_str!("upgrades/0011.sql"),
    include_str!("upgrades/0012.sql"),
    include_str!("upgrades/0013.sql"),
    include_str!("upgrades/0014.sql"),
];
/// The first version with sealed config.
const CONFIG_SINCE: i64 = 2;
const APP: &str = "01JD0000000000000000000001";
const SANDBOX: &str = "01JD0000000000000000000002";
const SNAPSHOT: &str = "01JD0000000000000000000003";
const QUEUED: &str = "01JD0000000000000000000005";
const TASK: &str = "01JD0000000000000000000021";
const WEBHOOK: &str = "01JD0000000000000000000031";

async fn open(file: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .foreign_keys(true);
    SqliteConnection::connect_with(&options).await.unwrap()
}

/// A data directory of an earlier version.
async fn of_version(version: i64) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut conn = open(&folder.path().join("sandboxd.db")).await;
    for migration in MIGRATIONS.iter().take_while(|migration| migration.version <= version) {
        MIGRATIONS.run_to(migration.version, &mut conn).await.unwrap();
        let number = usize::try_from(migration.version).unwrap();
        let fixture = FIXTURES[number - 1];
        sqlx::raw_sql(AssertSqlSafe(fixture)).execute(&mut conn).await.unwrap();
        if migration.version == CONFIG_SINCE {
            seal_a_value(folder.path(), &mut conn).await;
        }
    }
    conn.close().await.unwrap();
    folder
}

/// A value of the app's config, sealed with a key of the directory's own.
async fn seal_a_value(data: &Path, conn: &mut SqliteConnection) {
    let keys = Keys::open(&SecretsOptions::default(), data, false).unwrap();
    let (key, value) = (ConfigKey::parse("API_KEY").unwrap(), ConfigValue::parse("s3cret".into()));
    let app = APP.parse().unwrap();
    let sealed = seal(&keys.ring().unwrap(), app, &key, &value.unwrap()).unwrap();
    sqlx::query(
        "INSERT INTO app_config (app_id, key, sensitive, access_policy, key_id, nonce, sealed, \
         json_bytes, created_at, updated_at) VALUES ($1, 'API_KEY', 0, 'both', $2, $3, $4, 8, 1, 1)",
    )
    .bind(APP)
    .bind(sealed.key_id)
    .bind(sealed.nonce)
    .bind(sealed.bytes)
    .execute(conn)
    .await
    .unwrap();
}

/// All rows of all tables of ours, each as its columns' names and values.
async fn rows(conn: &mut SqliteConnection, columns: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let mut found = Vec::new();
    for (table, columns) in columns {
        let list: Vec<String> = columns.iter().map(|column| format!("quote({column})")).collect();
        let sql = format!("SELECT json_array({}) FROM {table} ORDER BY 1", list.join(", "));
        let rows: Vec<String> =
            sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut *conn).await.unwrap();
        found.extend(rows.into_iter().map(|row| format!("{table} {row}")));
    }
    found
}

async fn columns(conn: &mut SqliteConnection) -> BTreeMap<String, Vec<String>> {
    let found: Vec<(String, String)> = sqlx::query_as(
        "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c \
         WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '\\_%' ESCAPE '\\' \
         ORDER BY m.name, c.cid",
    )
    .fetch_all(conn)
    .await
    .unwrap();
    let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (table, column) in found {
        columns.entry(table).or_default().push(column);
    }
    columns
}

#[tokio::test]
async fn every_version_has_its_fixture() {
    let newest = MIGRATIONS.iter().map(|migration| migration.version).max();
    let known = i64::try_from(FIXTURES.len()).unwrap();
    assert_eq!(newest, Some(known), "a migration needs a fixture in api/tests/api/upgrades");
}

#[tokio::test]
async fn nothing_is_lost_from_any_version() {
    for migration in MIGRATIONS.iter() {
        let version = migration.version;
        let folder = of_version(version).await;
        let file = folder.path().join("sandboxd.db");
        let mut conn = open(&file).await;
        let columns = columns(&mut conn).await;
        let before = rows(&mut conn, &columns).await;
        assert!(before.len() > 10, "{before:?}");
        conn.close().await.unwrap();

        // As a process does it at its start.
        let app = TestApp::over(folder).await;
        let mut conn = open(&file).await;
        let after = rows(&mut conn, &columns).await;
        let kept: Vec<&String> = before.iter().filter(|row| !after.contains(row)).collect();
        assert!(kept.is_empty(), "from version {version}: {kept:#?}");
        let dangling: Vec<String> =
            sqlx::query_scalar("SELECT \"table\" FROM pragma_foreign_key_check")
                .fetch_all(&mut conn)
                .await
                .unwrap();
        assert!(dangling.is_empty(), "from version {version}: {dangling:?}");
        assert_eq!(app.store.integrity_check().await.unwrap(), Vec::<String>::new());
        works(&app, version).await;
    }
}

/// The API shows what there was, and goes on with it.
async fn works(app: &TestApp, version: i64) {
    let get = async |path: &str| {
        let answer = app.get(path).await;
        answer.expect(200);
        answer.json
    };
    let shop = get(&format!("/v1/apps/{APP}")).await;
    assert_eq!((&shop["name"], &shop["tags"]), (&json!("Shop"), &json!(["a", "b"])));
    let policy = if version >= 5 { "allowlist" } else { "open" };
    assert_eq!(shop["egress"]["policy"], policy, "{shop}");
    assert_eq!(get(&format!("/v1/sandboxes/{SANDBOX}")).await["status"], "stopped");
    assert_eq!(get(&format!("/v1/snapshots/{SNAPSHOT}")).await["status"], "ready");
    let told = get(&format!("/v1/events?app_id={APP}")).await;
    assert_eq!(told["events"][0]["type"], "snapshot.captured");
    if version >= CONFIG_SINCE {
        let config = get(&format!("/v1/apps/{APP}/config")).await;
        assert_eq!(config["config"][0]["value"], "s3cret", "{config}");
    }
    if version >= 6 {
        let hook = get(&format!("/v1/webhooks/{WEBHOOK}")).await;
        assert_eq!(hook["url"], "https://hooks.example.com/x");
    }
    if version >= 8 {
        assert_eq!(
            get(&format!("/v1/sandboxes/{SANDBOX}/tasks/{TASK}")).await["agent_message_final"],
            "It is blue."
        );
        let tasks = get(&format!("/v1/apps/{APP}/tasks")).await;
        assert_eq!(tasks["tasks"].as_array().map(Vec::len), Some(1));
    }
    // What was accepted then is done now, and new things are accepted.
    app.worker().beat("node-1").await;
    app.worker().succeed(QUEUED).await;
    assert_eq!(get(&format!("/v1/operations/{QUEUED}")).await["status"], "succeeded");
    let started = app.post(&format!("/v1/sandboxes/{SANDBOX}/start"), json!({})).await;
    assert_eq!(app.done(started).await["status"], "succeeded");
    let body = json!({ "source_sandbox_id": SANDBOX, "name": "second", "live": true });
    let captured = app.done(app.post("/v1/snapshots", body).await).await;
    assert_eq!(captured["status"], "succeeded");
}
