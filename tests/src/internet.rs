//! Networks around the host for the suites that look at what sandboxes reach: another namespace
//! behind a link plays the internet, and small servers answer here and there.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, bail};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// A namespace with a link to the suite's own. Taken away when dropped.
#[derive(Debug)]
pub struct Internet {
    name: String,
    link: String,
    /// What comes before its first address, which is this host's.
    net: (u8, u8, u8, u8),
}

fn ip(arguments: &[&str]) -> anyhow::Result<()> {
    let out = Command::new("ip").args(arguments).output().context("running ip")?;
    if !out.status.success() {
        bail!("ip {arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
    }
    Ok(())
}

impl Internet {
    /// A piece of TEST-NET-3 (RFC 5737) with 14 addresses; `number` below 16 tells suites apart.
    ///
    /// # Errors
    /// If `ip` fails.
    pub fn make(number: u8) -> anyhow::Result<Self> {
        let id = ulid::Ulid::generate().to_string().to_lowercase();
        let (name, link) = (format!("sbxi-{}", &id[18..]), format!("sbxi{}", &id[18..]));
        let internet = Self { name, link, net: (203, 0, 113, number * 16) };
        let (name, link) = (internet.name.as_str(), internet.link.as_str());
        ip(&["netns", "add", name])?;
        ip(&["link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", name])?;
        let (near, far) = (internet.address(1), internet.address(2));
        ip(&["addr", "add", &format!("{near}/28"), "dev", link])?;
        ip(&["link", "set", link, "up"])?;
        ip(&["-n", name, "addr", "add", &format!("{far}/28"), "dev", "eth0"])?;
        for interface in ["lo", "eth0"] {
            ip(&["-n", name, "link", "set", interface, "up"])?;
        }
        ip(&["-n", name, "route", "add", "default", "via", &near.to_string()])?;
        Ok(internet)
    }

    /// Its address of this number; 1 is this host's, 2 its own, others have to be added.
    #[must_use]
    pub const fn address(&self, number: u8) -> Ipv4Addr {
        Ipv4Addr::new(self.net.0, self.net.1, self.net.2, self.net.3 + number)
    }

    /// Gives it one more address, with a route to it.
    ///
    /// # Errors
    /// If `ip` fails.
    pub fn add(&self, address: Ipv4Addr) -> anyhow::Result<()> {
        let one = format!("{address}/32");
        ip(&["-n", &self.name, "addr", "add", &one, "dev", "eth0"])?;
        ip(&["route", "replace", &one, "dev", &self.link])
    }

    /// Gives this host one more address, on an interface that leads nowhere.
    ///
    /// # Errors
    /// If `ip` fails.
    pub fn add_here(&self, address: Ipv4Addr) -> anyhow::Result<()> {
        ip(&["addr", "add", &format!("{address}/32"), "dev", &self.link])
    }

    /// Runs `work`, which opens sockets, within it.
    ///
    /// # Errors
    /// If it can't be entered.
    pub fn within<T: Send>(&self, work: impl FnOnce() -> T + Send) -> anyhow::Result<T> {
        let file = File::open(PathBuf::from("/run/netns").join(&self.name))?;
        // A thread of its own, which ends in that namespace.
        std::thread::scope(|scope| {
            let entered = scope.spawn(|| {
                move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network))?;
                anyhow::Ok(work())
            });
            entered.join().map_err(|_| anyhow::anyhow!("the thread within it panicked"))?
        })
    }
}

impl Drop for Internet {
    fn drop(&mut self) {
        let _ = ip(&["link", "del", &self.link]);
        let _ = ip(&["netns", "delete", &self.name]);
    }
}

/// Serves TCP until the process ends: says `word`, then repeats what it is told.
///
/// # Panics
/// If the address can't be had.
#[must_use]
pub fn serve_tcp(address: impl Into<SocketAddr>, word: &'static str) -> u16 {
    let listener = TcpListener::bind(address.into()).expect("invariant: the address is free");
    let port = listener.local_addr().expect("invariant: it is bound").port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let _ = stream.write_all(word.as_bytes());
                let mut buffer = [0; 64];
                while let Ok(n @ 1..) = stream.read(&mut buffer) {
                    if stream.write_all(&buffer[..n]).is_err() {
                        break;
                    }
                }
            });
        }
    });
    port
}

/// Answers datagrams with `word` until the process ends.
///
/// # Panics
/// If the address can't be had.
#[must_use]
pub fn serve_udp(address: impl Into<SocketAddr>, word: &'static str) -> u16 {
    let socket = UdpSocket::bind(address.into()).expect("invariant: the address is free");
    let port = socket.local_addr().expect("invariant: it is bound").port();
    std::thread::spawn(move || {
        let mut buffer = [0; 512];
        while let Ok((_, from)) = socket.recv_from(&mut buffer) {
            let _ = socket.send_to(word.as_bytes(), from);
        }
    });
    port
}

/// A name server that knows one answer to everything, until the process ends.
///
/// # Panics
/// If port 53 of the address can't be had.
pub fn serve_dns(address: Ipv4Addr, answer: Ipv4Addr) {
    let socket = UdpSocket::bind((address, 53)).expect("invariant: the address is free");
    std::thread::spawn(move || {
        let mut query = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut query) {
            if let Some(reply) = reply(&query[..length], answer) {
                let _ = socket.send_to(&reply, from);
            }
        }
    });
}

/// RFC 1035, 4.1: the question repeated, and for type A one answer that points to its name.
fn reply(query: &[u8], answer: Ipv4Addr) -> Option<Vec<u8>> {
    let name = query.get(12..)?.iter().position(|byte| *byte == 0)?;
    let question = query.get(12..12 + name + 5)?;
    let is_a = question[name + 1..name + 3] == [0, 1];
    let mut reply = query[..2].to_vec();
    reply.extend([0x81, 0x80, 0, 1, 0, u8::from(is_a), 0, 0, 0, 0]);
    reply.extend(question);
    if is_a {
        reply.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
        reply.extend(answer.octets());
    }
    Some(reply)
}
