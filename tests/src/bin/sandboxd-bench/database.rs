//! Rows that would take hours to come about by themselves, written to the database.

use std::time::Duration;

use sandboxd_tests::Stack;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use ulid::Ulid;

pub(crate) async fn open(stack: &Stack) -> anyhow::Result<SqliteConnection> {
    let options = SqliteConnectOptions::new()
        .filename(stack.data.join("sandboxd.db"))
        .busy_timeout(Duration::from_secs(20));
    Ok(SqliteConnection::connect_with(&options).await?)
}

/// Apps like `app`, each with a stopped and empty sandbox like its own, without a container ever
/// made for it; the ids of the sandboxes.
pub(crate) async fn clone_app(
    stack: &Stack,
    app: &str,
    count: usize,
) -> anyhow::Result<Vec<String>> {
    let mut conn = open(stack).await?;
    let mut made = Vec::new();
    let mut tx = conn.begin_with("BEGIN IMMEDIATE").await?;
    for _ in 0..count {
        let (child, sandbox) = (Ulid::generate().to_string(), Ulid::generate().to_string());
        copy(&mut tx, "apps", &[("id", &child)], &format!("id = '{app}'")).await?;
        let fresh: [(&str, &str); 5] = [
            ("id", &sandbox),
            ("app_id", &child),
            ("base_snapshot_id", ""),
            ("net_address", ""),
            ("active_operation_id", ""),
        ];
        copy(&mut tx, "sandboxes", &fresh, &format!("app_id = '{app}'")).await?;
        sqlx::query(
            "INSERT INTO generations (sandbox_id, number, node, state, created_at) \
             SELECT id, generation, node, 'active', 1 FROM sandboxes WHERE id = $1",
        )
        .bind(&sandbox)
        .execute(&mut *tx)
        .await?;
        made.push(sandbox);
    }
    tx.commit().await?;
    Ok(made)
}

/// Copies a row with some columns changed; an empty text is NULL.
async fn copy(
    conn: &mut SqliteConnection,
    table: &str,
    changed: &[(&str, &str)],
    of: &str,
) -> anyhow::Result<()> {
    let columns: Vec<String> = sqlx::query_scalar("SELECT name FROM pragma_table_info($1)")
        .bind(table)
        .fetch_all(&mut *conn)
        .await?;
    let value = |column: &String| {
        let found = changed.iter().find(|(name, _)| name == column);
        found.map_or_else(|| column.clone(), |(_, value)| format!("nullif('{value}', '')"))
    };
    let values: Vec<String> = columns.iter().map(value).collect();
    let (columns, values) = (columns.join(", "), values.join(", "));
    let sql = format!("INSERT INTO {table} ({columns}) SELECT {values} FROM {table} WHERE {of}");
    sqlx::query(AssertSqlSafe(sql)).execute(conn).await?;
    Ok(())
}

/// Events and finished operations of an app, older than everything that comes. In pieces: a writer
/// is not held up for long.
pub(crate) async fn age(
    stack: &Stack,
    (app, sandbox): (&str, &str),
    (events, operations): (u32, u32),
) -> anyhow::Result<()> {
    const PIECE: u32 = 20_000;
    let mut conn = open(stack).await?;
    let event = format!(
        "INSERT INTO events (id, owner, app_id, sandbox_id, operation_id, attempt, type, severity, \
         message, payload, created_at) SELECT printf('01JA0%021d', i), 'alice', '{app}', '{sandbox}', \
         printf('01JA0%021d', i / 10), 1, 'sandbox.started', 'info', 'Sandbox started', \
         '{{\"reason\":\"api\"}}', unixepoch() * 1000 FROM n"
    );
    let operation = format!(
        "INSERT INTO operations (id, kind, owner, node, queue, lock_key, app_id, sandbox_id, input, \
         status, attempt, max_attempts, token, not_before, deadline, steps, result, created_at, \
         started_at, finished_at) SELECT printf('01JA0%021d', i), 'sandbox.start', 'alice', 'test', \
         'control', '{sandbox}', '{app}', '{sandbox}', '{{\"reason\":\"api\"}}', 'succeeded', 1, 3, 1, \
         unixepoch() * 1000, unixepoch() * 1000, '[]', '{{}}', unixepoch() * 1000, \
         unixepoch() * 1000, unixepoch() * 1000 FROM n"
    );
    for (insert, count) in [(event, events), (operation, operations)] {
        for from in (0..count).step_by(PIECE as usize) {
            let to = count.min(from + PIECE) - 1;
            let numbers = format!(
                "WITH RECURSIVE n(i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM n WHERE i < {to}) "
            );
            sqlx::query(AssertSqlSafe(numbers + &insert)).execute(&mut conn).await?;
        }
    }
    Ok(())
}
