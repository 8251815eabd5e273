//! Best of N: children that try the same prompt, and the one that is adopted.

use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use crate::site::{App, LIMIT, Site, text};

fn explore(line: &str, count: u32) -> Value {
    json!({ "prompt": "do it", "agent": "command", "command": ["sh", "-c", line], "count": count })
}

async fn children(site: &Site, app: &App, body: &Value) -> Vec<Value> {
    let path = format!("/v1/apps/{}/explore", app.app);
    let operation = site.stack.client.begin(Method::POST, &path, Some(body)).await.unwrap();
    let ended = site.stack.client.ended(&operation, LIMIT).await.unwrap();
    assert_eq!(ended["status"], "succeeded", "{ended:#}\n{}", site.stack.logs());
    assert_eq!(ended["kind"], "app.explore");
    ended["result"]["children"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_best_of_three_is_adopted_and_the_others_go() {
    let site = Site::new().await;
    let source = site.app().await;
    site.stack.docker.sh(&source.sandbox, "echo source > state");
    // Each does something else; one of them fails, which is an answer too.
    let line = "cat state; echo $HOSTNAME > who; cat /proc/sys/kernel/random/uuid > answer; \
                mkdir /home/sandbox/first 2>/dev/null; sleep 0.2; echo done > state";
    let made = children(&site, &source, &explore(line, 3)).await;
    assert_eq!(made.len(), 3);
    let mut answers = Vec::new();
    for child in &made {
        let task = &child["task"];
        assert_eq!(task["status"], "succeeded", "{child:#}");
        assert_eq!(task["files_changed"], json!(["answer", "state", "who"]), "{task:#}");
        assert_eq!(child["app"]["forked_from"]["app_id"], source.app.as_str());
        assert!(child["sandbox"]["preview"]["url"].is_string(), "{child:#}");
        answers.push(site.stack.docker.sh(&text(&child["sandbox"], "id"), "cat answer"));
    }
    assert!(answers[0] != answers[1] && answers[1] != answers[2], "{answers:?}");
    assert_eq!(
        site.stack.docker.sh(&source.sandbox, "cat state"),
        "source",
        "the source is untouched"
    );

    // What was done in the child since is adopted too.
    let chosen = text(&made[1]["app"], "id");
    site.stack.docker.sh(&text(&made[1]["sandbox"], "id"), "echo touched up >> state");
    let path = format!("/v1/apps/{}/adopt", source.app);
    let body = json!({ "from_app_id": chosen });
    let adopted = site.stack.client.run(Method::POST, &path, Some(&body)).await.unwrap();
    assert_eq!(site.stack.docker.sh(&source.sandbox, "cat answer"), answers[1]);
    assert_eq!(site.stack.docker.sh(&source.sandbox, "cat state"), "done\ntouched up");
    let mut others = [text(&made[0]["app"], "id"), text(&made[2]["app"], "id")];
    others.sort();
    assert_eq!(adopted["result"]["deleted_app_ids"], json!(others), "{adopted:#}");
    for (app, there) in
        [(&others[0], false), (&others[1], false), (&chosen, true), (&source.app, true)]
    {
        let wanted = if there { StatusCode::OK } else { StatusCode::NOT_FOUND };
        site.stack
            .until("the others go", LIMIT, async |stack| {
                Ok(stack.client.get(&format!("/v1/apps/{app}")).await?.status == wanted)
            })
            .await
            .unwrap();
    }
    // It can be undone as any restore.
    let body = json!({ "snapshot_id": adopted["result"]["safety_snapshot_id"] });
    let restore = format!("/v1/apps/{}/restore", source.app);
    site.stack.client.run(Method::POST, &restore, Some(&body)).await.unwrap();
    assert_eq!(
        site.stack.docker.sh(&source.sandbox, "cat state; ls answer 2>/dev/null || true"),
        "source"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exploration_survives_its_workers_and_is_taken_back_when_cancelled() {
    let mut site = Site::new().await;
    let source = site.app().await;
    let path = format!("/v1/apps/{}/explore", source.app);
    let body = explore("echo run >> runs; sleep 3; echo done", 2);
    let operation = site.stack.client.begin(Method::POST, &path, Some(&body)).await.unwrap();
    // Not three times: what has cost three workers their lives is given up, and a part of an
    // exploration, such as its fork, may be all that they are killed in.
    for _ in 0..2 {
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        for worker in &mut site.stack.workers {
            worker.kill().unwrap();
        }
        site.stack.workers.clear();
        for _ in 0..2 {
            site.stack.start_worker(&[]).unwrap();
        }
    }
    let ended = site.stack.client.ended(&operation, LIMIT).await.unwrap();
    assert_eq!(ended["status"], "succeeded", "{ended:#}\n{}", site.stack.logs());
    let made = ended["result"]["children"].as_array().unwrap();
    assert_eq!(made.len(), 2, "{ended:#}");
    for child in made {
        assert_eq!(child["task"]["status"], "succeeded", "{child:#}");
        let runs = site.stack.docker.sh(&text(&child["sandbox"], "id"), "cat runs");
        assert_eq!(runs, "run", "each prompt was handed over once");
    }

    let body = explore("echo on; sleep 1000", 2);
    let operation = site.stack.client.begin(Method::POST, &path, Some(&body)).await.unwrap();
    let apps = async |site: &Site| {
        let list = site.stack.client.get("/v1/apps?limit=200").await.unwrap().json();
        list["apps"].as_array().unwrap().len()
    };
    site.stack
        .until("the children are there", LIMIT, async |_| Ok(apps(&site).await == 5))
        .await
        .unwrap();
    // They are looked at while they work.
    let now = format!("/v1/operations/{}", text(&operation, "id"));
    let now = site.stack.client.get(&now).await.unwrap().json();
    for child in now["result"]["children"].as_array().unwrap() {
        assert!(child["sandbox"]["preview"]["url"].is_string(), "{now:#}");
        assert_eq!(child["task"]["prompt"], "do it", "{now:#}");
    }
    let cancel = format!("/v1/operations/{}/cancel", text(&operation, "id"));
    site.stack.client.post(&cancel, &json!({})).await.unwrap();
    let ended = site.stack.client.ended(&operation, LIMIT).await.unwrap();
    assert_eq!(ended["status"], "cancelled", "{ended:#}");
    site.stack.until("its children go", LIMIT, async |_| Ok(apps(&site).await == 3)).await.unwrap();
    assert_eq!(site.sandbox(&source).await["status"], "running");
}
