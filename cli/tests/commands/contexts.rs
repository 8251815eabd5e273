use std::os::unix::fs::PermissionsExt;

use crate::support::{Ctl, Server, TOKEN};

#[tokio::test]
async fn contexts_remember_where_and_as_whom() {
    let server = Server::idle().await;
    let home = tempfile::tempdir().unwrap();
    let ctl = |arguments: &[&str]| Ctl::new(home.path(), arguments);
    let url = server.url();
    let set = ctl(&["contexts", "set", "here", "--url", &url, "--token-stdin"]);
    let said = set.input(format!("{TOKEN}\n")).run().await;
    assert_eq!((said.ok().stdout.as_str(), said.stderr.as_str()), ("", ""));
    let file = home.path().join(".config/sandboxctl/config.toml");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    ctl(&["apps", "create", "shop"]).run().await.ok();

    let token = home.path().join("token");
    std::fs::write(&token, "wrong").unwrap();
    let path = token.to_str().unwrap();
    ctl(&["contexts", "set", "there", "--url", &url, "--token-file", path]).run().await.ok();
    let listed = ctl(&["contexts", "list"]).run().await;
    listed.ok().shows(&["*  here", "there", path, &url]);
    assert!(!listed.stdout.contains(TOKEN));
    ctl(&["--context", "there", "apps", "list"]).run().await.ended(4);
    ctl(&["contexts", "use", "there"]).run().await.ok();
    ctl(&["apps", "list"]).run().await.ended(4).complains(&["unauthorized", "SANDBOXCTL_TOKEN"]);
    std::fs::write(&token, format!("{TOKEN}\n")).unwrap();
    ctl(&["apps", "list"]).run().await.ok().shows(&["shop"]);

    ctl(&["contexts", "delete", "there"]).run().await.ok();
    ctl(&["contexts", "use", "there"]).run().await.ended(5);
    let json = ctl(&["contexts", "list", "--json"]).run().await;
    json.ok().shows(&["\"here\""]);
    assert!(!json.stdout.contains(TOKEN));
}

#[tokio::test]
async fn a_file_that_others_may_read_is_told_of() {
    let server = Server::idle().await;
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("open.toml");
    let text =
        format!("current = \"a\"\n[contexts.a]\nurl = \"{}\"\ntoken = \"{TOKEN}\"\n", server.url());
    std::fs::write(&file, text).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let said =
        Ctl::new(home.path(), &["apps", "list"]).env("SANDBOXCTL_CONFIG", file.to_str().unwrap());
    said.run().await.ok().complains(&["others may read", "chmod 600"]);
}

#[tokio::test]
async fn moving_a_context_leaves_its_token_behind() {
    let home = tempfile::tempdir().unwrap();
    let ctl = |arguments: &[&str]| Ctl::new(home.path(), arguments);
    let set = ctl(&["contexts", "set", "a", "--url", "https://one.test", "--token-stdin"]);
    set.input("s3cret").run().await.ok();
    ctl(&["contexts", "set", "a", "--url", "https://other.test"]).run().await.ok();
    ctl(&["contexts", "list"]).run().await.ok().shows(&["none", "https://other.test"]);
    let file = home.path().join(".config/sandboxctl/config.toml");
    assert!(!std::fs::read_to_string(file).unwrap().contains("s3cret"));
}
