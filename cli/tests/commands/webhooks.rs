use crate::support::{Server, id};

const URL: &str = "https://hooks.example.com/x";

#[tokio::test]
async fn webhooks_are_made_changed_tried_and_deleted() {
    let server = Server::idle().await;
    server.ok(&["apps", "create", "shop"]).await;
    let made = server.json(&["webhooks", "create", URL, "--event", "app.*", "--app", "shop"]).await;
    let (webhook, secret) = (id(&made, "id"), id(&made, "secret"));
    assert!(secret.starts_with("whsec_"), "{made:#}");
    assert_eq!(made["events"], serde_json::json!(["app.*"]));
    let shown = server.ctl(&["webhooks", "get", &webhook]).run().await;
    shown.ok().shows(&[URL, "enabled", "app.*", made["app_id"].as_str().unwrap()]);
    assert!(!shown.stdout.contains("whsec_"), "{shown:#?}");
    let fresh = server.ctl(&["webhooks", "rotate-secret", &webhook]).run().await;
    fresh.ok().shows(&["secret:", "whsec_"]);
    assert!(!fresh.stdout.contains(&secret), "{fresh:#?}");

    let tried = server.json(&["webhooks", "test", &webhook]).await;
    let deliveries = ["webhooks", "deliveries", &webhook];
    server.ctl(&deliveries).run().await.ok().shows(&[&id(&tried, "id"), "pending"]);
    let failed = server.ok(&[&deliveries[..], &["--status", "failed"]].concat()).await;
    assert_eq!(failed.lines().count(), 1, "{failed}");
    let again = ["webhooks", "redeliver", &webhook, &id(&tried, "id")];
    assert_ne!(server.json(&again).await["id"], tried["id"]);

    let changed = ["webhooks", "update", &webhook, "--disable", "--description", "the chat"];
    server.ctl(&changed).run().await.ok().shows(&["disabled", "the chat"]);
    server.ctl(&["webhooks", "update", &webhook, "--enable"]).run().await.ok().shows(&["enabled"]);
    server.ctl(&["webhooks", "ls"]).run().await.ok().shows(&[&webhook, "enabled", URL]);
    server.ctl(&["webhooks", "delete", &webhook]).run().await.ended(2).complains(&["--yes"]);
    server.ok(&["webhook", "rm", &webhook, "-y"]).await;
    server.ctl(&["webhooks", "get", &webhook]).run().await.ended(5);
}

#[tokio::test]
async fn quotas_are_shown_with_what_is_used() {
    let server = Server::new().await;
    server.shop().await;
    let shown = server.ok(&["quotas"]).await;
    let sandboxes = shown.lines().find(|line| line.starts_with("sandboxes")).unwrap();
    let cells: Vec<&str> = sandboxes.split_whitespace().collect();
    assert_eq!(cells[..2], ["sandboxes", "1"], "{shown}");
    assert!(shown.contains("disk_bytes"), "{shown}");
}
