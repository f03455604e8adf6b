//! A server that answers one request after the other as it is told, down to cut connections, and
//! keeps what it was sent. A request that nobody expected is answered with a readable failure.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

#[derive(Debug, Clone)]
pub enum Reply {
    Http {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: String,
    },
    /// Reads the request and cuts the connection.
    Cut,
    /// Sends a part of the body that it announced.
    Truncated(String),
    /// Reads the request and never answers.
    Silence,
}

impl Reply {
    pub fn json(status: u16, body: impl Into<String>) -> Self {
        Self::with(status, "application/json; charset=utf-8", body)
    }

    pub fn xml(status: u16, body: impl Into<String>) -> Self {
        Self::with(status, "text/xml; charset=utf-8", body)
    }

    pub fn with(status: u16, content_type: &str, body: impl Into<String>) -> Self {
        Self::Http {
            status,
            headers: vec![("content-type", content_type.to_owned())],
            body: body.into(),
        }
    }

    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Http { headers, .. } = &mut self {
            headers.push((name, value.to_owned()));
        }
        self
    }
}

/// A request as it came: its first line and headers, and its body.
#[derive(Debug, Clone)]
pub struct Received {
    pub head: String,
    pub body: String,
}

#[derive(Clone)]
pub struct Server {
    address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Server {
    /// Gives the replies in their order, one for each request.
    pub async fn replying(replies: impl IntoIterator<Item = Reply>) -> Self {
        let mut replies = replies.into_iter().collect::<Vec<_>>().into_iter();
        Self::new(move |_, _| {
            replies.next().unwrap_or_else(|| {
                Reply::json(418, r#"{"errors":["nobody expected this request"]}"#)
            })
        })
        .await
    }

    /// Replies with what the function makes of the server's address and the request.
    pub async fn new(reply: impl FnMut(SocketAddr, &Received) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            received: Arc::default(),
        };
        let reply = Arc::new(Mutex::new(reply));
        let (received, address) = (server.received.clone(), server.address);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (reply, received) = (reply.clone(), received.clone());
                tokio::spawn(async move {
                    while let Some(request) = read(&mut stream).await {
                        received.lock().unwrap().push(request.clone());
                        let reply = (reply.lock().unwrap())(address, &request);
                        if !write(&mut stream, reply).await {
                            break;
                        }
                    }
                });
            }
        });
        server
    }

    pub fn url(&self) -> Url {
        format!("http://{}/", self.address).parse().unwrap()
    }

    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

async fn read(stream: &mut TcpStream) -> Option<Received> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        if bytes[0] == 0x16 {
            // A TLS greeting, to a server that speaks none.
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let length: usize = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, value)| value.trim().parse().unwrap());
    while bytes.len() < head_end + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    Some(Received {
        head,
        body: String::from_utf8_lossy(&bytes[head_end..]).into_owned(),
    })
}

/// `true` if the connection may be used again.
async fn write(stream: &mut TcpStream, reply: Reply) -> bool {
    match reply {
        Reply::Http {
            status,
            headers,
            body,
        } => {
            let mut head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len());
            for (name, value) in headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            let answer = format!("{head}\r\n{body}");
            stream.write_all(answer.as_bytes()).await.is_ok()
        }
        Reply::Truncated(body) => {
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\ncontent-length: {}\r\n\r\n{body}",
                body.len() + 100
            );
            let _ = stream.write_all(answer.as_bytes()).await;
            false
        }
        Reply::Cut => false,
        Reply::Silence => {
            let mut rest = Vec::new();
            // Until the client gives up.
            let _ = stream.read_buf(&mut rest).await;
            false
        }
    }
}
