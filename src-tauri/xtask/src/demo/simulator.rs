//! The app's own simulator as a process: what it says about itself, and the tickets that it holds.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::process::{Running, start};

const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// A running simulator. Dropping it ends it.
#[derive(Debug)]
pub struct Simulator {
    _process: Running,
    about: About,
}

/// What the simulator prints when it is ready.
#[derive(Debug, PartialEq, Eq)]
pub struct About {
    pub zone_lookup: String,
    pub portal: String,
    pub control: String,
    pub username: String,
    pub password: String,
    pub tracking_identifier: String,
    pub token: String,
}

impl Simulator {
    pub fn start(app: &Path, arguments: &[&str]) -> Result<Self> {
        let mut process = start(
            Command::new(app)
                .args(["--json", "simulate"])
                .args(arguments)
                .stdin(Stdio::null())
                .stdout(Stdio::piped()),
        )?;
        let mut line = String::new();
        BufReader::new(process.take_output()?)
            .read_line(&mut line)
            .context("reading what the simulator says")?;
        if line.is_empty() {
            return Err(process.ended_early());
        }
        Ok(Self {
            about: About::read(&line)?,
            _process: process,
        })
    }

    pub fn about(&self) -> &About {
        &self.about
    }

    /// A list from the simulator's control address, which is for looking from outside.
    pub fn list(&self, what: &str) -> Result<Vec<Value>> {
        let address = format!("{}/{what}", self.about.control.trim_end_matches('/'));
        let answer = get(&address).with_context(|| format!("asking {address}"))?;
        answer
            .as_array()
            .cloned()
            .with_context(|| format!("{address} is not a list but {answer}"))
    }
}

impl About {
    fn read(line: &str) -> Result<Self> {
        let said: Value = serde_json::from_str(line)
            .with_context(|| format!("the simulator said: {}", line.trim()))?;
        let text = |name: &str| {
            said.get(name)
                .and_then(Value::as_str)
                .map(str::to_owned)
                .with_context(|| format!("the simulator did not say its `{name}`"))
        };
        Ok(Self {
            zone_lookup: text("zoneLookup")?,
            portal: text("portal")?,
            control: text("control")?,
            username: text("username")?,
            password: text("password")?,
            tracking_identifier: text("trackingIdentifier")?,
            token: text("token")?,
        })
    }
}

/// A GET without an HTTP client. HTTP 1.0, so that the answer comes in one piece and then ends.
fn get(address: &str) -> Result<Value> {
    let rest = address
        .strip_prefix("http://")
        .context("not a plain HTTP address")?;
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(ANSWER_WITHIN))?;
    write!(
        stream,
        "GET /{path} HTTP/1.0\r\nHost: {host}\r\nAccept: application/json\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    body_of(&String::from_utf8_lossy(&answer))
}

fn body_of(answer: &str) -> Result<Value> {
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .context("the answer was cut off")?;
    let status = head.lines().next().unwrap_or_default();
    if status.split_whitespace().nth(1) != Some("200") {
        bail!("the answer was {status:?}");
    }
    serde_json::from_str(body).context("the answer is not JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_its_body_when_the_status_is_200() {
        let answer = "HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n[{\"id\":1}]";
        assert_eq!(body_of(answer).unwrap()[0]["id"], 1);
        assert!(body_of("HTTP/1.0 404 Not Found\r\n\r\n[]").is_err());
        assert!(body_of("HTTP/1.0 200 OK\r\n\r\n<html>").is_err());
        assert!(body_of("").is_err());
    }

    #[test]
    fn a_simulator_that_leaves_something_out_is_told_what() {
        let error = About::read("{\"zoneLookup\":\"http://127.0.0.1:1\"}\n").unwrap_err();
        assert!(error.to_string().contains("portal"), "{error}");
        assert!(About::read("ready\n").is_err());
    }
}
