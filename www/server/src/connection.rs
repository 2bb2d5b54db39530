//! Connections that a handler can cut, as a failing network does.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::middleware::Next;
use axum::response::Response;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// Put on a response: close the connection and send no octet of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cut;

/// The other end of a connection.
#[derive(Debug, Clone)]
pub(crate) struct Peer(Arc<AtomicBool>);

pub(crate) struct CuttableListener(pub(crate) TcpListener);

impl Listener for CuttableListener {
    type Io = CuttableStream;
    type Addr = Peer;

    async fn accept(&mut self) -> (CuttableStream, Peer) {
        let (stream, _): (TcpStream, SocketAddr) = Listener::accept(&mut self.0).await;
        // Answers are small and somebody waits for them; where it fails they are only slower.
        let _ = stream.set_nodelay(true);
        let cut = Arc::new(AtomicBool::new(false));
        (CuttableStream { stream, cut: Arc::clone(&cut) }, Peer(cut))
    }

    fn local_addr(&self) -> io::Result<Peer> {
        Ok(Peer(Arc::default()))
    }
}

impl Connected<IncomingStream<'_, CuttableListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, CuttableListener>) -> Self {
        stream.remote_addr().clone()
    }
}

/// A stream whose writes fail once it is cut, so that hyper drops the connection.
pub(crate) struct CuttableStream {
    stream: TcpStream,
    cut: Arc<AtomicBool>,
}

impl CuttableStream {
    fn alive(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        if self.cut.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Ok(Pin::new(&mut self.stream))
    }
}

impl AsyncRead for CuttableStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.alive()?.poll_read(cx, buffer)
    }
}

impl AsyncWrite for CuttableStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        self.alive()?.poll_write(cx, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.alive()?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Cuts the connection of a response that asks for it.
pub(crate) async fn cut_where_asked(ConnectInfo(peer): ConnectInfo<Peer>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if response.extensions().get::<Cut>().is_some() {
        peer.0.store(true, Ordering::Relaxed);
    }
    response
}
