//! Files are the same whether the sandbox runs or not, and are captured and exported.

use std::io::Write;
use std::process::{Command, Stdio};

use hyper::{Method, StatusCode};
use serde_json::json;

use crate::ground::{Ground, text};

async fn the_same_files(ground: &Ground) {
    assert_eq!(ground.put("note", "one").await, StatusCode::CREATED);
    assert_eq!(ground.put("note", "two").await, StatusCode::OK);
    assert_eq!(ground.put("deep/er/%E2%82%AC%20x", "euro").await, StatusCode::CREATED);
    let big: Vec<u8> = (0..5_000_000u32).map(|n| (n / 7).to_le_bytes()[0]).collect();
    ground.put("big", big.clone()).await;
    assert_eq!(ground.get("note").await, "two");
    assert_eq!(ground.get("deep/er/%E2%82%AC%20x").await, "euro");
    assert!(ground.try_get("big").await.body == big);
    let all = ground.list("recursive=true").await;
    for path in ["big", "deep", "deep/er", "deep/er/\u{20ac} x", "note"] {
        assert!(all.contains(&path.to_owned()), "{path} in {all:?}");
    }
    assert_eq!(ground.list("path=deep").await, ["deep/er"]);

    let refused = ground.delete("path=deep").await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
    for (query, status) in [
        ("path=deep&recursive=true", StatusCode::NO_CONTENT),
        ("path=deep", StatusCode::NOT_FOUND),
        ("path=big", StatusCode::NO_CONTENT),
    ] {
        assert_eq!(ground.delete(query).await.status, status, "{query}");
    }
    for (path, status) in [
        ("big", StatusCode::NOT_FOUND),
        (".", StatusCode::BAD_REQUEST),
        ("note/x", StatusCode::BAD_REQUEST),
    ] {
        assert_eq!(ground.try_get(path).await.status, status, "{path}");
    }
    assert!(!ground.list("recursive=true").await.iter().any(|path| path.starts_with("deep")));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_the_same_whether_the_sandbox_runs_or_not() {
    let ground = Ground::new().await;
    the_same_files(&ground).await;
    assert_eq!(ground.sh("cat note; stat -c %a:%U note").await, "two644:sandbox");
    ground.put("run.sh&mode=0755", "#!/bin/sh\necho ran\n").await;
    assert_eq!(ground.sh("./run.sh").await, "ran");

    ground.act("stop").await;
    assert_eq!(ground.delete("path=note").await.status, StatusCode::NO_CONTENT);
    the_same_files(&ground).await;
    ground.put("offline", "written while stopped").await;
    assert!(ground.stack.docker.containers().is_empty(), "nothing was woken for that");
    assert!(ground.stack.docker.volumes().is_empty());
    assert_eq!(ground.sessions(), Vec::<i32>::new(), "nothing is left of a session");

    // What was written while stopped is captured, and is there elsewhere.
    let snapshot = ground.capture("with offline").await;
    assert_eq!(ground.delete("path=offline").await.status, StatusCode::NO_CONTENT);
    let fork = format!("/v1/apps/{}/fork", ground.app);
    let body = json!({ "snapshot_id": snapshot, "git": "keep" });
    let forked = ground.stack.client.run(Method::POST, &fork, Some(&body)).await.unwrap();
    let child = text(&forked["result"]["children"][0]["sandbox"], "id");
    assert_eq!(ground.stack.docker.sh(&child, "cat offline note"), "written while stoppedtwo");

    ground.act("start").await;
    let listed = ground.sh("ls; stat -c %U:%a note").await;
    assert!(!listed.contains("offline") && listed.ends_with("sandbox:644"), "{listed}");
    let restore = format!("/v1/apps/{}/restore", ground.app);
    let body = json!({ "snapshot_id": snapshot });
    ground.stack.client.run(Method::POST, &restore, Some(&body)).await.unwrap();
    assert_eq!(ground.sh("cat offline").await, "written while stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_unpacks_with_modes_and_links() {
    let ground = Ground::new().await;
    ground
        .sh("mkdir -p src/empty; echo a > src/a; printf '#!/bin/sh\\n' > run; chmod 750 run; \
             ln -s src/a link; ln -s /etc/hostname out; mkfifo pipe; head -c 300000 /dev/zero > z")
        .await;
    let python = "import sys,zipfile,io\n\
        z=zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read()))\n\
        assert z.testzip() is None\n\
        for i in sorted(z.infolist(), key=lambda i: i.filename):\n\
        \x20   m=i.external_attr>>16\n\
        \x20   if not i.filename.startswith('.git'): print(i.filename, oct(m), i.file_size)\n";
    let mut seen = Vec::new();
    for stopped in [false, true] {
        if stopped {
            ground.act("stop").await;
        }
        let zip = ground.stack.client.get(&ground.path("export")).await.unwrap();
        assert_eq!(zip.status, StatusCode::OK, "{}", zip.text());
        assert_eq!(zip.header("content-disposition"), "attachment; filename*=UTF-8''Shop%2Ezip");
        let mut unzip = Command::new("python3")
            .args(["-c", python])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        unzip.stdin.take().unwrap().write_all(&zip.body).unwrap();
        let out = unzip.wait_with_output().unwrap();
        assert!(out.status.success());
        seen.push(String::from_utf8(out.stdout).unwrap());
    }
    assert_eq!(seen[0], seen[1]);
    let lines: Vec<&str> = seen[0].lines().collect();
    for wanted in [
        "link 0o120777 5",
        "out 0o120777 13",
        "run 0o100750 10",
        "src/a 0o100644 2",
        "z 0o100644 300000",
    ] {
        assert!(lines.contains(&wanted), "{wanted} in {lines:?}");
    }
    assert!(lines.iter().any(|line| line.starts_with("src/empty/ 0o40755")), "{lines:?}");
    assert!(!seen[0].contains("pipe"));
}
