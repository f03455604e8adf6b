//! Blanks this run's secrets in everything that is written through it.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use secrecy::{ExposeSecret, SecretString};
use tracing_subscriber::fmt::MakeWriter;

const BLANK: &str = "[hidden]";

/// A shorter secret would blank ordinary words; no real password or token is that short.
const SHORTEST: usize = 4;

/// The secrets of this run, shared by everyone who writes text that leaves the process.
#[derive(Clone, Default)]
pub struct Redactor {
    secrets: Arc<RwLock<Vec<String>>>,
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").finish_non_exhaustive()
    }
}

impl Redactor {
    /// From now on `secret` is blanked, in the spellings in which it may appear.
    pub fn learn(&self, secret: &SecretString) {
        self.learn_text(secret.expose_secret());
    }

    /// The same for something that is not a secret by type, but has no place in a log either.
    pub fn learn_text(&self, text: &str) {
        if text.len() < SHORTEST {
            return;
        }
        let mut secrets = self.secrets.write().unwrap_or_else(PoisonError::into_inner);
        for spelling in spellings(text) {
            if !secrets.contains(&spelling) {
                secrets.push(spelling);
            }
        }
        // A secret that contains another must go first, or its rest would stay.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    }

    pub fn redact(&self, text: &str) -> String {
        let secrets = self.secrets.read().unwrap_or_else(PoisonError::into_inner);
        secrets
            .iter()
            .fold(text.to_owned(), |text, secret| text.replace(secret, BLANK))
    }
}

/// As typed, and as JSON, Rust's debug output, XML and an address spell it.
fn spellings(text: &str) -> Vec<String> {
    let debug = format!("{text:?}");
    let json = serde_json::Value::from(text).to_string();
    let xml = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    vec![
        text.to_owned(),
        debug.trim_matches('"').to_owned(),
        json.trim_matches('"').to_owned(),
        xml.replace('"', "&quot;"),
        xml,
        url::form_urlencoded::byte_serialize(text.as_bytes()).collect(),
    ]
}

/// A writer for `tracing` that redacts each event before it is written.
pub struct Redacting<W> {
    inner: Mutex<W>,
    redactor: Redactor,
}

impl<W> Redacting<W> {
    pub fn new(inner: W, redactor: Redactor) -> Self {
        Self {
            inner: Mutex::new(inner),
            redactor,
        }
    }
}

impl<'a, W: Write + 'a> MakeWriter<'a> for Redacting<W> {
    type Writer = Event<'a, W>;

    fn make_writer(&'a self) -> Self::Writer {
        Event {
            target: self,
            text: Vec::new(),
        }
    }
}

/// One event. It is collected whole, so that a secret cannot slip through in two pieces.
pub struct Event<'a, W: Write> {
    target: &'a Redacting<W>,
    text: Vec<u8>,
}

impl<W: Write> Write for Event<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<W: Write> Drop for Event<'_, W> {
    fn drop(&mut self) {
        let text = self
            .target
            .redactor
            .redact(&String::from_utf8_lossy(&self.text));
        let mut inner = self
            .target
            .inner
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // A full disk must not stop the app; there is nowhere left to say it.
        let _ = inner.write_all(text.as_bytes());
        let _ = inner.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_blanked_in_every_spelling() {
        let redactor = Redactor::default();
        redactor.learn(&SecretString::from("pa\"ss<&>wörd 1"));

        for line in [
            "as typed pa\"ss<&>wörd 1 in a line".to_owned(),
            format!("debug {:?}", "pa\"ss<&>wörd 1"),
            serde_json::json!({ "password": "pa\"ss<&>wörd 1" }).to_string(),
            "<p>pa\"ss&lt;&amp;&gt;wörd 1</p>".to_owned(),
            "<p a=\"pa&quot;ss&lt;&amp;&gt;wörd 1\"/>".to_owned(),
            "?p=pa%22ss%3C%26%3Ew%C3%B6rd+1".to_owned(),
        ] {
            let redacted = redactor.redact(&line);
            assert!(redacted.contains(BLANK), "{line} became {redacted}");
            for rest in ["wörd", "w%C3"] {
                assert!(!redacted.contains(rest), "{line} became {redacted}");
            }
        }
    }

    #[test]
    fn a_secret_inside_another_leaves_no_rest() {
        let redactor = Redactor::default();
        redactor.learn_text("secret");
        redactor.learn_text("secret-longer");
        assert_eq!(redactor.redact("a secret-longer b"), "a [hidden] b");
    }

    #[test]
    fn an_event_written_in_pieces_is_redacted_as_a_whole() {
        let redactor = Redactor::default();
        redactor.learn_text("s3cret-word");
        let target = Redacting::new(Vec::new(), redactor);

        let mut event = target.make_writer();
        event.write_all(b"token s3cret").unwrap();
        event.write_all(b"-word used\n").unwrap();
        drop(event);

        let written = target.inner.into_inner().unwrap();
        assert_eq!(String::from_utf8(written).unwrap(), "token [hidden] used\n");
    }
}
