//! What happens where there is no API, or no valid token.

use std::net::TcpListener;

use crate::support::{Ctl, Server, TOKEN};

#[tokio::test]
async fn no_api_is_said_with_where_it_should_be() {
    let home = tempfile::tempdir().unwrap();
    // Bound and let go: nobody listens there.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{address}");
    let said = Ctl::new(home.path(), &["apps", "list", "--url", &url]).run().await;
    said.ended(3).complains(&[&url, "can't be reached", "SANDBOXCTL_URL"]);
    for command in [&["doctor"][..], &["events", "--follow"], &["sandboxes", "logs", "x"]] {
        let said = Ctl::new(home.path(), command).env("SANDBOXCTL_URL", &url).run().await;
        said.ended(3);
    }
}

#[tokio::test]
async fn without_a_valid_token_nothing_is_let_in() {
    let server = Server::idle().await;
    let said = server.ctl(&["apps", "list"]).env("SANDBOXCTL_TOKEN", "wrong").run().await;
    said.ended(4).complains(&["unauthorized", "--token-stdin"]);
    server.ctl(&["apps", "list"]).without("SANDBOXCTL_TOKEN").run().await.ended(4);
    let file = server.folder.path().join("token");
    std::fs::write(&file, format!("{TOKEN}\n")).unwrap();
    let path = file.to_str().unwrap();
    let by_file = server.ctl(&["apps", "list", "--token-file", path]);
    by_file.without("SANDBOXCTL_TOKEN").run().await.ok();
    let by_variable = server.ctl(&["apps", "list"]).without("SANDBOXCTL_TOKEN");
    by_variable.env("SANDBOXCTL_TOKEN_FILE", path).run().await.ok();
}

#[tokio::test]
async fn a_token_is_no_argument() {
    let server = Server::idle().await;
    server.ctl(&["apps", "list", "--token", TOKEN]).run().await.ended(2);
}
