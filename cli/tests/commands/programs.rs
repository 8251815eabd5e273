use sandboxd_shared::node::frames::{self, END, ERR, OUT, STDIN};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::support::{FakeNode, NODE, Said, Server, WORKER, in_time};

struct Ground {
    server: Server,
    _node: FakeNode,
    programs: UnboundedReceiver<DuplexStream>,
}

impl Ground {
    async fn new() -> Self {
        let server = Server::new().await;
        server.shop().await;
        server.worker().beat(NODE).await;
        let (node, programs) = FakeNode::with_programs(&server.node_sockets, WORKER);
        Self { server, _node: node, programs }
    }

    async fn program(&mut self) -> DuplexStream {
        in_time("a program is started", self.programs.recv()).await.unwrap()
    }
}

async fn say(stream: &mut DuplexStream, kind: u8, bytes: &[u8]) {
    frames::write(stream, kind, bytes).await.unwrap();
}

async fn end(stream: &mut DuplexStream, end: Value) {
    say(stream, END, end.to_string().as_bytes()).await;
}

#[tokio::test]
async fn what_a_program_writes_comes_as_it_writes_it_and_its_code_is_passed_on() {
    let mut ground = Ground::new().await;
    let arguments = ["exec", "shop", "-e", "A=1", "--timeout", "5s", "--", "cat", "-n", "x"];
    let mut child = ground.server.ctl(&arguments).start();
    let mut program = ground.program().await;
    say(&mut program, OUT, b"first\n").await;
    let mut first = [0; 6];
    let out = child.stdout.as_mut().unwrap();
    in_time("the first line", out.read_exact(&mut first)).await.unwrap();
    assert_eq!(&first, b"first\n", "it comes while the program runs");
    say(&mut program, ERR, b"oh").await;
    say(&mut program, OUT, b"\x1b[1mlast").await;
    end(&mut program, json!({ "code": 3, "signal": null, "timed_out": false })).await;
    let said = Said::of(in_time("the end", child.wait_with_output()).await.unwrap());
    said.ended(3);
    assert_eq!((said.stdout.as_str(), said.stderr.as_str()), ("\u{1b}[1mlast", "oh"));
}

#[tokio::test]
async fn a_program_that_is_ended_has_the_code_that_shells_have_for_it() {
    let mut ground = Ground::new().await;
    for (ended, code) in [
        (json!({ "code": null, "signal": 9, "timed_out": false }), 137),
        (json!({ "code": null, "signal": 15, "timed_out": true }), 124),
    ] {
        let child = ground.server.ctl(&["exec", "shop", "sleep", "9"]).start();
        end(&mut ground.program().await, ended).await;
        Said::of(in_time("the end", child.wait_with_output()).await.unwrap()).ended(code);
    }
    let child = ground.server.ctl(&["exec", "shop", "--json", "--", "true"]).start();
    end(&mut ground.program().await, json!({ "code": 0, "signal": null, "timed_out": false }))
        .await;
    let said = Said::of(in_time("the end", child.wait_with_output()).await.unwrap());
    let whole: Value = serde_json::from_str(&said.ok().stdout).unwrap();
    assert_eq!((&whole["exit_code"], &whole["stdout"]), (&json!(0), &json!("")));
}

#[tokio::test]
async fn failures_of_exec_itself_have_a_code_of_their_own() {
    let server = Server::new().await;
    server.shop().await;
    server.ctl(&["exec", "none", "true"]).run().await.ended(125).complains(&["no app or sandbox"]);
    // Nobody is there who could run it.
    server.ctl(&["exec", "shop", "true"]).run().await.ended(125).complains(&["capacity"]);
    server.ctl(&["exec", "shop"]).run().await.ended(2);
}

#[tokio::test]
async fn a_terminal_takes_what_is_typed_and_shows_what_is_shown() {
    let mut ground = Ground::new().await;
    let mut child = ground.server.ctl(&["terminal", "shop"]).start();
    let mut shell = ground.program().await;
    say(&mut shell, OUT, b"$ ").await;
    let mut prompt = [0; 2];
    in_time("a prompt", child.stdout.as_mut().unwrap().read_exact(&mut prompt)).await.unwrap();
    let mut typed = child.stdin.take().unwrap();
    typed.write_all(b"exit 4\n").await.unwrap();
    let frame = in_time("what is typed", frames::read(&mut shell)).await.unwrap().unwrap();
    assert_eq!((frame.kind, frame.payload.as_slice()), (STDIN, &b"exit 4\n"[..]));
    // The end of the input is what a terminal's is.
    drop(typed);
    let frame = in_time("the end of it", frames::read(&mut shell)).await.unwrap().unwrap();
    assert_eq!((frame.kind, frame.payload.as_slice()), (STDIN, &[4][..]));
    end(&mut shell, json!({ "code": 4, "signal": null, "timed_out": false })).await;
    assert_eq!(in_time("the end", child.wait()).await.unwrap().code(), Some(4));
}
