//! Lambda's Runtime API for one function, as far as a measurement needs it: its first request for an event, and the time of each event.
//!
//! Source: AWS Lambda developer guide, "Using the Lambda runtime API".

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

/// The service, listening for one function.
pub(crate) struct RuntimeApi {
    listener: TcpListener,
}

/// A function that waits for an event.
pub(crate) struct Waiting {
    stream: BufReader<TcpStream>,
}

impl RuntimeApi {
    pub(crate) fn start() -> anyhow::Result<Self> {
        Ok(Self { listener: TcpListener::bind("127.0.0.1:0")? })
    }

    /// The value of the function's `AWS_LAMBDA_RUNTIME_API`.
    pub(crate) fn address(&self) -> anyhow::Result<String> {
        Ok(self.listener.local_addr()?.to_string())
    }

    /// Waits until the function asks for an event.
    pub(crate) fn next(&self) -> anyhow::Result<Waiting> {
        let (stream, _) = self.listener.accept()?;
        let mut waiting = Waiting { stream: BufReader::new(stream) };
        let (line, _) = waiting.request()?;
        if !line.starts_with("GET ") || !line.contains("/invocation/next") {
            bail!("the function asked for {line}");
        }
        Ok(waiting)
    }
}

impl Waiting {
    /// Sends an event and waits for the answer, on this connection or a new one. Returns the time it took, and the function as it
    /// waits for the next event.
    pub(crate) fn invoke(mut self, api: &RuntimeApi, id: &str, event: &str) -> anyhow::Result<(Duration, Self)> {
        let begun = Instant::now();
        let head = format!(
            "HTTP/1.1 200 OK\r\nlambda-runtime-aws-request-id: {id}\r\nlambda-runtime-deadline-ms: 4102444800000\r\n\
             lambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:123456789012:function:bench\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{event}",
            event.len()
        );
        self.stream.get_mut().write_all(head.as_bytes())?;
        let (line, body) = match self.request() {
            Ok(request) => request,
            // The function opened a new connection.
            Err(_) => {
                let (stream, _) = api.listener.accept()?;
                self.stream = BufReader::new(stream);
                self.request()?
            }
        };
        let took = begun.elapsed();
        if !line.contains("/response") {
            bail!("the function answered {line} {}", String::from_utf8_lossy(&body));
        }
        self.stream.get_mut().write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n")?;
        if self.request().is_err() {
            return Ok((took, api.next()?));
        }
        Ok((took, self))
    }

    fn request(&mut self) -> anyhow::Result<(String, Vec<u8>)> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            bail!("the connection is closed");
        }
        let (mut length, mut chunked) = (0usize, false);
        loop {
            let mut header = String::new();
            self.stream.read_line(&mut header)?;
            let header = header.trim().to_lowercase();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().context("a content length")?;
            }
            chunked |= header == "transfer-encoding: chunked";
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        while chunked {
            let mut size = String::new();
            self.stream.read_line(&mut size)?;
            let size = usize::from_str_radix(size.trim(), 16).context("a chunk's size")?;
            let mut chunk = vec![0; size + 2];
            self.stream.read_exact(&mut chunk)?;
            body.extend_from_slice(&chunk[..size]);
            chunked = size > 0;
        }
        Ok((line.trim().to_owned(), body))
    }
}
