//! Copies bytes both ways after a switch of protocols, until either side ends.

use std::future::poll_fn;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf, split};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{sleep_until, timeout};
use tracing::debug;

use super::activity::Activity;
use super::handler::Client;
use super::pass::Pass;

/// Both sides have agreed to switch; all that is left is writing the answer.
const SWITCH: Duration = Duration::from_secs(10);
/// Most bytes on their way in one direction.
const BUFFER: usize = 16 * 1024;
/// Telling the other side of the end.
const FAREWELL: Duration = Duration::from_secs(1);

/// One tunnel. Keeps its places among the connections of the client and of the route.
pub(crate) struct Tunnel {
    pub(crate) client: Arc<Client>,
    pub(crate) activity: Activity,
    /// Of a private preview.
    pub(crate) pass: Option<Arc<Pass>>,
    pub(crate) slot: OwnedSemaphorePermit,
}

impl Tunnel {
    /// Runs until either side ends, nothing moves for too long or its pass is over. Ends without more ado when
    /// dropped: with its pool, so with its route, and when the gateway goes down.
    pub(crate) async fn run(self, client_side: OnUpgrade, sandbox_side: OnUpgrade) {
        let Self { client, activity, pass, slot } = self;
        let both = async { tokio::try_join!(client_side, sandbox_side) };
        let (client_side, sandbox_side) = match timeout(SWITCH, both).await {
            Ok(Ok(sides)) => sides,
            Ok(Err(error)) => {
                debug!(%error, "a switch of protocols came to nothing");
                return;
            }
            Err(_) => return,
        };
        let idle = client.gateway.limits.tunnel_idle;
        tokio::select! {
            () = join(client_side, sandbox_side, &activity) => {}
            () = idle_for(&activity, idle) => {}
            () = over(pass.as_deref()) => {}
        }
        drop(slot);
    }
}

async fn join(client: Upgraded, sandbox: Upgraded, activity: &Activity) {
    let (client_read, mut client_write) = split(TokioIo::new(client));
    let (sandbox_read, mut sandbox_write) = split(TokioIo::new(sandbox));
    tokio::select! {
        () = copy(client_read, &mut sandbox_write, activity) => {}
        () = copy(sandbox_read, &mut client_write, activity) => {}
    }
    let farewell = async { tokio::join!(client_write.shutdown(), sandbox_write.shutdown()) };
    let _ = timeout(FAREWELL, farewell).await;
}

/// Copies until the end or the first error: in a tunnel they mean the same.
async fn copy(
    mut from: impl AsyncRead + Unpin,
    to: &mut (impl AsyncWrite + Unpin),
    activity: &Activity,
) {
    while let Some(piece) = poll_fn(|cx| poll_piece(&mut from, cx)).await {
        activity.note();
        if to.write_all(&piece).await.is_err() || to.flush().await.is_err() {
            return;
        }
    }
}

/// What has arrived; none at the end. Memory is taken only then: most tunnels are idle, and there
/// are many.
fn poll_piece(from: &mut (impl AsyncRead + Unpin), cx: &mut Context<'_>) -> Poll<Option<Vec<u8>>> {
    let mut space = [MaybeUninit::uninit(); BUFFER];
    let mut buffer = ReadBuf::uninit(&mut space);
    let read = ready!(Pin::new(from).poll_read(cx, &mut buffer));
    let arrived = buffer.filled();
    Poll::Ready((read.is_ok() && !arrived.is_empty()).then(|| arrived.to_vec()))
}

/// Ends once the preview may not be seen any more.
async fn over(pass: Option<&Pass>) {
    match pass {
        Some(pass) => pass.over().await,
        None => std::future::pending().await,
    }
}

/// Ends once nothing has flowed for `idle`.
async fn idle_for(activity: &Activity, idle: Duration) {
    loop {
        let until = activity.last() + idle;
        if until <= Instant::now() {
            return;
        }
        sleep_until(until.into()).await;
    }
}
