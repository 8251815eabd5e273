//! Whether each workspace and each snapshot holds one of the legal contents, and each running
//! sandbox is to be seen through the gateway.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;
use std::time::Duration;

use sandboxd_tests::Client;
use sqlx::SqliteConnection;
use tokio::time::{Instant, sleep, timeout};

use crate::engine::Engine;
use crate::legal::NOTHING;
use crate::world::World;

/// How long a sandbox may take to be seen: it may have to be woken.
const VISIT_LIMIT: Duration = Duration::from_secs(60);
const TRY_LIMIT: Duration = Duration::from_secs(25);
const PAUSE: Duration = Duration::from_millis(300);
/// Where the marker is in a layer: layers are of the home folder.
const MARKER: &str = "app/marker";

/// Visits each sandbox, which wakes those that are stopped, and compares what is shown with what
/// docker finds in the container, and both with what is legal.
pub(crate) async fn sandboxes(
    client: &Client,
    engine: &Engine,
    conn: &mut SqliteConnection,
    world: &World,
) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    let rows: Vec<(String, String, String)> =
        sqlx::query_as("SELECT id, app_id, status FROM sandboxes").fetch_all(&mut *conn).await?;
    let rows: HashMap<String, (String, String)> =
        rows.into_iter().map(|(id, app, status)| (id, (app, status))).collect();
    for app in &world.apps {
        let Some(id) = &app.sandbox else { continue };
        match rows.get(id) {
            None => found.push(format!("sandbox {id} is gone")),
            Some((of, _)) if *of != app.id => found.push(format!("sandbox {id} is of app {of}")),
            Some((_, status)) if status == "error" => {
                found.push(format!("sandbox {id} was made and is in error"));
            }
            Some(_) => {
                let seen = visit(client, id).await;
                let name = format!("s-{}", id.to_lowercase());
                let line = "cat marker 2>/dev/null || echo -";
                let exec = ["exec", "-w", "/home/sandbox/app", &name, "sh", "-c", line];
                let is = engine.docker(&exec).await.unwrap_or_else(|error| error.to_string());
                match seen {
                    Err(why) => found.push(format!("sandbox {id} is not to be seen: {why}")),
                    Ok(shown) if shown != is => {
                        found.push(format!("sandbox {id} shows {shown:?} and has {is:?}"));
                    }
                    Ok(_) => {}
                }
                if !app.legal.allows(&is) {
                    found.push(format!("sandbox {id} has {is:?}, legal {:?}", app.legal));
                }
                found.extend(runs(engine, &name, world).await?);
            }
        }
    }
    Ok(found)
}

/// Each task notes in its workspace that it ran.
async fn runs(engine: &Engine, name: &str, world: &World) -> anyhow::Result<Vec<String>> {
    let line = "cat runs 2>/dev/null || true";
    let exec = ["exec", "-w", "/home/sandbox/app", name, "sh", "-c", line];
    let text = engine.docker(&exec).await.unwrap_or_default();
    let mut times: HashMap<&str, u32> = HashMap::new();
    for line in text.lines() {
        *times.entry(line).or_default() += 1;
    }
    let wrong =
        times.into_iter().filter(|(task, times)| *times > 1 || !world.tasks.contains(*task));
    Ok(wrong.map(|(task, times)| format!("task {task} ran {times} times in {name}")).collect())
}

/// The marker as the gateway shows it.
async fn visit(client: &Client, sandbox: &str) -> Result<String, String> {
    let until = Instant::now() + VISIT_LIMIT;
    let path = format!("/v1/sandboxes/{sandbox}");
    let mut why = "no answer".to_owned();
    while Instant::now() < until {
        if let Ok(Ok(found)) = timeout(TRY_LIMIT, client.get(&path)).await
            && let Some(url) = found.json()["preview"]["url"].as_str()
            && let Ok(Ok(answer)) = timeout(TRY_LIMIT, client.preview_file(url, "marker")).await
        {
            match answer.status.as_u16() {
                200 => return Ok(answer.text().trim().to_owned()),
                // The app's own answer; ours is 503.
                404 => return Ok(NOTHING.to_owned()),
                other => why = format!("{other} {}", answer.text()),
            }
        }
        sleep(PAUSE).await;
    }
    Err(why)
}

/// Reads each snapshot's marker from its layers.
pub(crate) async fn snapshots(
    conn: &mut SqliteConnection,
    data: &Path,
    world: &World,
) -> anyhow::Result<(u32, Vec<String>)> {
    let rows: Vec<(String, String, Option<String>)> =
        sqlx::query_as("SELECT id, status, layer_id FROM snapshots").fetch_all(&mut *conn).await?;
    let rows: HashMap<String, (String, Option<String>)> =
        rows.into_iter().map(|(id, status, layer)| (id, (status, layer))).collect();
    let layers: Vec<(String, Option<String>)> =
        sqlx::query_as("SELECT id, parent_id FROM layers").fetch_all(&mut *conn).await?;
    let parents: HashMap<String, Option<String>> = layers.into_iter().collect();
    let (mut read, mut found) = (0, Vec::new());
    for snapshot in world.apps.iter().flat_map(|app| &app.snapshots) {
        let Some((status, layer)) = rows.get(&snapshot.id) else {
            found.push(format!("snapshot {} is gone", snapshot.id));
            continue;
        };
        if status != "ready" {
            found.push(format!("snapshot {} was captured and is {status}", snapshot.id));
            continue;
        }
        let value = marker(data, layer.as_deref(), &parents)?;
        read += 1;
        if !snapshot.legal.allows(&value) {
            let legal = &snapshot.legal;
            found.push(format!("snapshot {} holds {value:?}, legal {legal:?}", snapshot.id));
        }
    }
    Ok((read, found))
}

/// The newest layer that has the file, or takes it away, decides (overlayfs.rst: whiteouts are
/// character devices 0/0).
fn marker(
    data: &Path,
    newest: Option<&str>,
    parents: &HashMap<String, Option<String>>,
) -> anyhow::Result<String> {
    let mut next = newest.map(str::to_owned);
    while let Some(layer) = next {
        let path = data.join("l").join(&layer).join(MARKER);
        match std::fs::symlink_metadata(&path) {
            Ok(found) if found.file_type().is_char_device() && found.rdev() == 0 => break,
            Ok(_) => return Ok(std::fs::read_to_string(path)?.trim().to_owned()),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error.into()),
        }
        match parents.get(&layer) {
            None => return Ok(format!("the layer {layer} is missing")),
            Some(parent) => next = parent.clone(),
        }
    }
    Ok(NOTHING.to_owned())
}
