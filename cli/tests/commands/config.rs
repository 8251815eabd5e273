use serde_json::json;

use crate::support::Server;

#[tokio::test]
async fn config_is_set_listed_and_unset() {
    let server = Server::idle().await;
    server.ok(&["apps", "create", "shop"]).await;
    let set = server.ctl(&["config", "set", "shop", "GREETING=hello=x"]).run().await;
    set.ok().shows(&["set GREETING (both)"]);
    server.ok(&["config", "set", "shop", "GREETING=bye", "--access", "runtime"]).await;
    let listed = server.json(&["config", "list", "shop"]).await;
    let entry = &listed["config"][0];
    assert_eq!(
        (&entry["value"], &entry["access_policy"]),
        (&json!("bye"), &json!("runtime_access"))
    );
    server.ok(&["config", "unset", "shop", "GREETING"]).await;
    server.ctl(&["config", "unset", "shop", "GREETING"]).run().await.ended(5);
    server.ctl(&["config", "unset", "shop", ".."]).run().await.ended(2);
}

#[tokio::test]
async fn a_secret_is_read_from_standard_input_and_shown_by_nothing() {
    let server = Server::idle().await;
    server.ok(&["apps", "create", "shop"]).await;
    let set = ["config", "set", "shop", "API_KEY", "--secret"];
    for value in ["s3cret-one\n", "s3cret-two"] {
        let said = server.ctl(&set).arg("--json").input(value).run().await;
        assert!(!said.ok().stdout.contains("s3cret"), "{said:#?}");
    }
    let listed = server.ctl(&["config", "list", "shop"]).run().await;
    listed.ok().shows(&["API_KEY", "(secret)"]);
    assert!(!listed.stdout.contains("s3cret"));
    let said = server.ctl(&["config", "set", "shop", "OTHER=s3cret", "--secret"]).run().await;
    said.ended(2).complains(&["a secret isn't given as an argument"]);
    // A changed one stays secret without being told.
    server.ctl(&["config", "set", "shop", "API_KEY"]).input("three").run().await.ok();
    let entry = &server.json(&["config", "list", "shop"]).await["config"][0];
    assert_eq!((&entry["sensitive"], &entry["value"]), (&json!(true), &json!(null)));
}
