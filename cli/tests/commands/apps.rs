use crate::support::{Server, id};

#[tokio::test]
async fn an_app_is_made_found_changed_and_deleted() {
    let server = Server::new().await;
    let made = server
        .json(&["apps", "create", "Tea shop", "--tag", "demo", "--description", "Cups"])
        .await;
    let app = id(&made, "id");
    assert_eq!(server.json(&["apps", "get", "Tea shop"]).await, made);
    assert_eq!(server.json(&["app", "get", &app.to_lowercase()]).await, made);
    server.ctl(&["apps", "get", &app]).run().await.ok().shows(&["Tea shop", "demo", "Cups"]);

    server.ok(&["apps", "create", "Another"]).await;
    let listed = server.ctl(&["apps", "ls", "--tag", "demo"]).run().await;
    assert_eq!(listed.ok().stdout.lines().count(), 2, "{listed:#?}");
    listed.shows(&["ID", &app, "Tea shop"]);
    let page = server.ctl(&["apps", "list", "--limit", "1"]).run().await;
    page.ok().shows(&["Another"]).complains(&["there are more: --before"]);

    let changed = server.json(&["apps", "update", &app, "--name", "Coffee"]).await;
    assert_eq!((&changed["name"], &changed["description"]), (&"Coffee".into(), &"Cups".into()));
    let gone = server.json(&["apps", "delete", "Coffee", "--yes"]).await;
    assert_eq!((&gone["kind"], &gone["status"]), (&"app.delete".into(), &"succeeded".into()));
    let missing = server.ctl(&["apps", "get", "Coffee"]).run().await;
    missing.ended(5).complains(&["there is no app \"Coffee\""]);
    server.ctl(&["apps", "get", &app]).run().await.ended(5);
}

#[tokio::test]
async fn a_name_of_two_apps_is_not_guessed_at() {
    let server = Server::idle().await;
    let ids = [
        id(&server.json(&["apps", "create", "Shop"]).await, "id"),
        id(&server.json(&["apps", "create", "Shop"]).await, "id"),
    ];
    // Has the text in its name, and is another.
    server.ok(&["apps", "create", "Shop 2"]).await;
    let said = server.ctl(&["apps", "get", "Shop"]).run().await;
    said.ended(2).complains(&["2 apps are named", &ids[0], &ids[1]]);
    server.ctl(&["apps", "get", "Shop 2"]).run().await.ok();
}

#[tokio::test]
async fn nothing_is_deleted_without_a_yes() {
    let server = Server::new().await;
    server.ok(&["apps", "create", "shop"]).await;
    let said = server.ctl(&["apps", "delete", "shop"]).run().await;
    said.ended(2).complains(&["--yes"]);
    server.ok(&["apps", "get", "shop"]).await;
}

#[tokio::test]
async fn what_the_api_refuses_is_said_with_its_code_and_its_request() {
    let server = Server::idle().await;
    let said = server.ctl(&["apps", "create", " "]).run().await;
    said.ended(2).complains(&["error: name:", "(invalid_request, request 01"]);
    assert_eq!(said.stdout, "");
    let said = server.ctl(&["apps", "create", "x", "--json", "--tag", &"t".repeat(51)]).run().await;
    said.ended(2).complains(&["tags"]);
}
