//! The listener of `tollgate serve`: bounded connections, and a time limit for each request.

use std::collections::VecDeque;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;
use tollgate_model::limits::{SERVE_CONNECTIONS, SERVE_HEADERS, SERVE_SECONDS};

/// The time that a client has to send the head of a request, and again for its body.
pub(crate) const CLIENT_TIMEOUT: Duration = Duration::from_secs(SERVE_SECONDS.value);
/// The pause after a connection could not be accepted, for example for lack of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves requests until the process ends. A client that sends nothing for [`CLIENT_TIMEOUT`] is disconnected, also between two
/// requests. At the limit of connections the oldest is closed for a new one: clients that only wait block nobody.
pub(crate) async fn listen(listener: TcpListener, app: Router) {
    let mut open: VecDeque<AbortHandle> = VecDeque::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        open.retain(|connection| !connection.is_finished());
        if open.len() >= SERVE_CONNECTIONS.size()
            && let Some(oldest) = open.pop_front()
        {
            oldest.abort();
        }
        let service = TowerToHyperService::new(app.clone());
        let serving = tokio::spawn(async move {
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(CLIENT_TIMEOUT)
                .max_buf_size(SERVE_HEADERS.size())
                .serve_connection(TokioIo::new(stream), service);
            // A client that disconnects or is too slow is not an error of this program.
            let _ = connection.await;
        });
        open.push_back(serving.abort_handle());
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;

    async fn start_server() -> std::net::SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(listen(listener, Router::new().route("/", get(|| async { "ok" }))));
        address
    }

    /// What the server answers to bytes, until it closes the connection.
    async fn answer(address: std::net::SocketAddr, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut out = Vec::new();
        let closed = tokio::time::timeout(CLIENT_TIMEOUT * 2, stream.read_to_end(&mut out)).await;
        assert!(closed.is_ok(), "the connection stays open");
        String::from_utf8_lossy(&out).into_owned()
    }

    #[tokio::test]
    async fn a_client_that_sends_nothing_more_is_disconnected() {
        let address = start_server().await;
        let (nothing, half, idle) = tokio::join!(
            answer(address, b""),
            answer(address, b"GET / HTTP/1.1\r\nHost: x\r\nX-Half: "),
            answer(address, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        );
        assert_eq!(nothing, "");
        assert!(!half.contains("200"), "{half}");
        assert!(idle.starts_with("HTTP/1.1 200"), "{idle}");
    }

    #[tokio::test]
    async fn a_head_beyond_the_limit_is_refused() {
        let address = start_server().await;
        let long = format!("GET / HTTP/1.1\r\nX-Long: {}\r\n\r\n", "x".repeat(SERVE_HEADERS.size() + 1));
        assert!(answer(address, long.as_bytes()).await.starts_with("HTTP/1.1 431"));
    }

    #[tokio::test]
    async fn clients_that_only_wait_block_nobody() {
        let address = start_server().await;
        let mut waiting = Vec::new();
        for _ in 0..SERVE_CONNECTIONS.size() {
            waiting.push(TcpStream::connect(address).await.unwrap());
        }
        for number in 0..3 {
            let text = answer(address, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
            assert!(text.starts_with("HTTP/1.1 200"), "{number}: {text}");
        }
        // The oldest was closed for the first request; the next ones reused the place of the one before.
        let mut out = Vec::new();
        assert_eq!(waiting[0].read_to_end(&mut out).await.unwrap(), 0);
        let last = waiting.last_mut().unwrap();
        assert!(tokio::time::timeout(CLIENT_TIMEOUT / 50, last.read(&mut [0; 1])).await.is_err());
    }
}
