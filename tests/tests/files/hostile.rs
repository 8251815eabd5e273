//! What a sandbox's user leaves for others to stumble over.

use crate::ground::Ground;

#[tokio::test(flavor = "multi_thread")]
async fn links_lead_nowhere_outside_of_the_app_folder() {
    let ground = Ground::new().await;
    let secret = ground.stack.data.join("secret");
    std::fs::write(&secret, "of the host").unwrap();
    let host = secret.display().to_string();
    ground
        .sh(&format!(
            "ln -s {host} abs; ln -s /etc/hostname name; ln -s / root; ln -s .. up; ln -s ../.. upper; \
             ln -s /proc/self/root{host} magic; ln -s /proc/1/cwd cwd; mkdir in; echo own > in/own; \
             ln -s in inside; ln -s loop loop; ln -s ../../../../../../../../{host} dots"
        ))
        .await;
    for stopped in [false, true] {
        if stopped {
            ground.act("stop").await;
        }
        assert_eq!(ground.get("inside/own").await, "own\n", "a link inside is as good as a folder");
        for path in [
            "abs".to_owned(),
            "name".into(),
            "magic".into(),
            "dots".into(),
            "loop".into(),
            format!("root{host}"),
            "root/etc/hostname".into(),
            "up/.sandboxd".into(),
            "upper/x".into(),
            "cwd/x".into(),
            "up/app/in/own".into(),
            format!("magic/..{host}"),
        ] {
            let read = ground.try_get(&path).await;
            assert!(read.status.is_client_error(), "{path}: {} {}", read.status, read.text());
            assert!(!read.text().contains("of the host"), "{path}");
            if !["abs", "name", "magic", "dots", "loop"].contains(&path.as_str()) {
                let write = ground.path(&format!("files/content?path={path}"));
                let write = ground.stack.client.put(&write, "evil").await.unwrap();
                assert!(
                    write.status.is_client_error(),
                    "{path}: {} {}",
                    write.status,
                    write.text()
                );
                let gone = ground.delete(&format!("path={path}&recursive=true")).await;
                assert!(gone.status.is_client_error(), "{path}: {} {}", gone.status, gone.text());
            }
        }
        for folder in ["root", "up", "upper", "cwd"] {
            let list = ground.path(&format!("files?path={folder}&recursive=true"));
            let listed = ground.stack.client.get(&list).await.unwrap();
            assert!(
                listed.status.is_client_error(),
                "{folder}: {} {}",
                listed.status,
                listed.text()
            );
        }
        assert!(!ground.list("recursive=true").await.iter().any(|path| path.contains("hostname")));
        // A link is written over and removed itself.
        if stopped {
            ground.put("abs", "now a file").await;
            assert_eq!(ground.get("abs").await, "now a file");
            assert_eq!(ground.delete("path=root&recursive=true").await.status, 204);
            assert_eq!(ground.delete("path=magic").await.status, 204);
        }
    }
    assert_eq!(std::fs::read_to_string(&secret).unwrap(), "of the host");
    assert!(!std::fs::read_to_string("/etc/hostname").unwrap().contains("evil"));
}
