//! A tiny image for the suite: a static busybox and a PID 1 that does as it is told.

use std::path::Path;

use bollard::Docker;
use bollard::query_parameters::CreateImageOptionsBuilder;
use futures::TryStreamExt;

const REPOSITORY: &str = "sandboxd-test-runtime";
const TAG: &str = "1";
pub(crate) const IMAGE: &str = "sandboxd-test-runtime:1";
/// Debian's `busybox-static` puts it here.
const BUSYBOX: [&str; 2] = ["/bin/busybox", "/usr/bin/busybox"];
const APPLETS: [&str; 15] = [
    "cat", "echo", "head", "httpd", "id", "kill", "ls", "mkdir", "mv", "nc", "sh", "sleep", "tail",
    "touch", "yes",
];
/// Ends with 0 on TERM and with the code in `/tmp/exit` on USR1, becomes a memory hog on USR2,
/// and says in `/tmp/ready` that its traps are set. `wait` is what lets a trap run at once.
const INIT: &str = "#!/bin/sh
trap 'exit 0' TERM
trap 'exit $(cat /tmp/exit)' USR1
trap 'exec tail /dev/zero' USR2
trap '' HUP
echo > /tmp/ready
while :; do sleep 3600 & wait $!; done
";

/// The image's name, once the engine has it. Test processes that run at once make it once.
pub(crate) async fn ensure(docker: &Docker) -> String {
    let lock = std::fs::File::create(std::env::temp_dir().join("sandboxd-test-image.lock"))
        .expect("a lock file");
    let lock = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock))
        .await
        .expect("no panic")
        .expect("the lock");
    if docker.inspect_image(IMAGE).await.is_err() {
        import(docker).await;
    }
    drop(lock);
    IMAGE.to_owned()
}

async fn import(docker: &Docker) {
    let changes = vec!["CMD [\"/init\"]".to_owned(), "ENV PATH=/bin".to_owned()];
    let options = CreateImageOptionsBuilder::new()
        .from_src("-")
        .repo(REPOSITORY)
        .tag(TAG)
        .changes(changes)
        .build();
    let body = bollard::body_full(root_file_system().into());
    docker
        .create_image(Some(options), Some(body), None)
        .try_collect::<Vec<_>>()
        .await
        .expect("the engine takes the image");
}

/// A tar archive (the ustar format of POSIX.1-1988).
fn root_file_system() -> Vec<u8> {
    let busybox = BUSYBOX
        .iter()
        .find(|path| Path::new(path).exists())
        .map(|path| std::fs::read(path).expect("busybox can be read"))
        .expect("install busybox-static");
    let mut tar = Vec::new();
    for directory in ["bin/", "tmp/", "run/", "run/sandboxd/", "home/", "home/sandbox/"] {
        entry(&mut tar, directory, b'5', "", &[]);
    }
    entry(&mut tar, "bin/busybox", b'0', "", &busybox);
    entry(&mut tar, "init", b'0', "", INIT.as_bytes());
    for applet in APPLETS {
        entry(&mut tar, &format!("bin/{applet}"), b'2', "busybox", &[]);
    }
    tar.resize(tar.len() + 1024, 0);
    tar
}

fn entry(tar: &mut Vec<u8>, name: &str, kind: u8, link: &str, content: &[u8]) {
    let mut header = [0u8; 512];
    let mut field = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    field(0, name.as_bytes());
    // An OCI runtime before runc 1.2 gives a tmpfs the mode of the directory under it.
    field(100, if name == "tmp/" { b"0001777\0" } else { b"0000755\0" });
    field(108, b"0000000\0");
    field(116, b"0000000\0");
    field(124, format!("{:011o}\0", content.len()).as_bytes());
    field(136, b"00000000000\0");
    field(148, b"        ");
    field(156, &[kind]);
    field(157, link.as_bytes());
    field(257, b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    tar.extend_from_slice(&header);
    tar.extend_from_slice(content);
    tar.resize(tar.len().next_multiple_of(512), 0);
}
