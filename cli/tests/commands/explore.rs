use crate::support::{Server, id};

#[tokio::test]
async fn a_prompt_is_tried_several_times_and_one_answer_adopted() {
    let server = Server::new().await;
    server.shop().await;
    let asked = ["apps", "explore", "shop", "Make it red", "-n", "2"];
    let explored = server.ctl(&asked).run().await;
    assert_eq!(
        explored.ok().stdout.lines().count(),
        3,
        "a heading and two children: {explored:#?}"
    );
    let first = id(&server.json(&["snapshots", "capture", "shop", "first"]).await, "snapshot_id");
    let begun = server.json(&[&asked[..], &["--snapshot", "first", "--no-wait"]].concat()).await;
    assert_eq!((id(&begun, "kind"), id(&begun, "snapshot_id")), ("app.explore".to_owned(), first));
    server.ctl(&["apps", "explore", "shop", "x", "-n", "1"]).run().await.ended(2);
}

#[tokio::test]
async fn what_adopting_deletes_is_asked_about() {
    let server = Server::new().await;
    server.shop().await;
    server.ok(&["snapshots", "capture", "shop", "first"]).await;
    server.ok(&["snapshots", "fork", "first", "--name", "try"]).await;
    let adopt = ["apps", "adopt", "shop", "--from", "try"];
    server.ctl(&adopt).run().await.ended(2).complains(&["delete the other children", "--yes"]);
    for how in ["--yes", "--keep-others"] {
        let adopted = server.ctl(&adopt).arg(how).run().await;
        adopted.ok().shows(&["running", "sandboxctl snapshots restore 01"]);
    }
    server.ctl(&["apps", "adopt", "try", "--from", "shop", "-y"]).run().await.ended(2);
}
