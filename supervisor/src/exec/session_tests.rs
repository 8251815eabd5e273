//! A session's turns, one at a time.

use std::process::Command;
use std::sync::Arc;
use std::thread;

use super::*;
use crate::children::Children;

#[test]
fn an_end_right_before_the_wait_is_not_slept_through() {
    let children = Arc::new(Children::default());
    let child = Child::spawn(&children, &mut Command::new("true")).unwrap();
    let (socket, _caller) = UnixStream::pair().unwrap();
    let (_reader, input) = std::io::pipe().unwrap();
    // Its outputs are closed already, so nothing but the bell can tell of the end.
    let started = Started { child, input: input.into(), outputs: Vec::new(), terminal: None };
    let mut session = Session::new(started, None, socket, Frames::default());
    let now = Instant::now();
    session.keep_time(now);
    while session.child.exit().is_none() {
        children.reap();
        thread::park_timeout(Duration::from_millis(1));
    }
    let (sender, woken) = std::sync::mpsc::channel();
    thread::spawn(move || {
        session.wait(now).unwrap();
        session.keep_time(now);
        sender.send(session.is_over(now)).unwrap();
    });
    assert_eq!(woken.recv_timeout(Duration::from_secs(10)), Ok(true));
}
