//! A file's bytes as text: first a survey of the whole file, then its text as a stream.
//!
//! The survey reads the file once, in pieces: its SHA-256, and which encoding it has. A byte order
//! mark decides. Without one the file is UTF-8 if it is valid UTF-8, or if it has more valid
//! characters beyond ASCII than damaged places; else Windows-1252.

use std::io::{self, Read};

use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use sha2::{Digest as _, Sha256};

const PIECE: usize = 64 << 10;
/// As much of the beginning is looked at to tell what kind of file it is.
const HEAD: usize = 4096;

/// What one reading of a whole file told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Survey {
    pub(super) hash: [u8; 32],
    pub(super) encoding: &'static Encoding,
    /// There are bytes that are not text in this encoding; they come as U+FFFD.
    pub(super) damaged: bool,
    /// Why nothing in it can be used.
    pub(super) hopeless: Option<&'static str>,
}

pub(super) fn survey(mut file: impl Read) -> io::Result<Survey> {
    let mut piece = vec![0; PIECE];
    let mut hasher = Sha256::new();
    let mut utf8 = Utf8Count::default();
    let mut head = Vec::new();
    loop {
        let length = read_some(&mut file, &mut piece)?;
        if length == 0 {
            break;
        }
        let bytes = &piece[..length];
        hasher.update(bytes);
        utf8.count(bytes);
        head.extend_from_slice(&bytes[..length.min(HEAD - head.len())]);
    }
    let cut_off = !utf8.rest.is_empty();
    let (encoding, damaged) = match Encoding::for_bom(&head) {
        Some((encoding, _)) if encoding == UTF_8 => (UTF_8, utf8.damaged > 0 || cut_off),
        Some((encoding, _)) => (encoding, true),
        None if utf8.damaged == 0 => (UTF_8, cut_off),
        None if utf8.beyond_ascii > utf8.damaged => (UTF_8, true),
        None => (WINDOWS_1252, false),
    };
    Ok(Survey {
        hash: hasher.finalize().into(),
        encoding,
        damaged,
        hopeless: hopeless(&head, encoding),
    })
}

fn hopeless(head: &[u8], encoding: &'static Encoding) -> Option<&'static str> {
    let nul = head.iter().filter(|byte| **byte == 0).count();
    if head.starts_with(b"PK\x03\x04") {
        Some("it is an Excel or ZIP file; save it as CSV")
    } else if head.starts_with(&[0x1f, 0x8b]) {
        Some("it is compressed; unpack it")
    } else if head.starts_with(&[0xff, 0xfe, 0, 0]) || head.starts_with(&[0, 0, 0xfe, 0xff]) {
        Some("it is UTF-32; save it as UTF-8")
    } else if encoding != UTF_16LE && encoding != UTF_16BE && nul * 4 > head.len() {
        Some("it is binary, or UTF-16 without a byte order mark; save it as UTF-8")
    } else {
        None
    }
}

/// Counts valid characters and damaged places over the borders of pieces.
#[derive(Default)]
struct Utf8Count {
    beyond_ascii: u64,
    damaged: u64,
    /// The beginning of a character at the end of the last piece.
    rest: Vec<u8>,
}

impl Utf8Count {
    fn count(&mut self, piece: &[u8]) {
        if self.rest.is_empty() {
            self.run(piece);
        } else {
            let mut bytes = std::mem::take(&mut self.rest);
            bytes.extend_from_slice(piece);
            self.run(&bytes);
        }
    }

    fn run(&mut self, mut bytes: &[u8]) {
        loop {
            match std::str::from_utf8(bytes) {
                Ok(text) => {
                    self.beyond_ascii += beyond_ascii(text.as_bytes());
                    return;
                }
                Err(error) => {
                    let (valid, after) = bytes.split_at(error.valid_up_to());
                    self.beyond_ascii += beyond_ascii(valid);
                    let Some(bad) = error.error_len() else {
                        self.rest = after.to_vec();
                        return;
                    };
                    self.damaged += 1;
                    bytes = &after[bad..];
                }
            }
        }
    }
}

fn beyond_ascii(valid: &[u8]) -> u64 {
    valid.iter().filter(|byte| **byte >= 0xc2).count() as u64
}

/// A file's text, piece by piece, and its hash at the end.
pub(super) struct Decoded<R> {
    file: R,
    piece: Vec<u8>,
    decoder: Decoder,
    hasher: Sha256,
    ended: bool,
}

impl<R: Read> Decoded<R> {
    pub(super) fn new(file: R, encoding: &'static Encoding) -> Decoded<R> {
        Decoded {
            file,
            piece: vec![0; PIECE],
            decoder: if encoding == WINDOWS_1252 {
                encoding.new_decoder_without_bom_handling()
            } else {
                encoding.new_decoder_with_bom_removal()
            },
            hasher: Sha256::new(),
            ended: false,
        }
    }

    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    /// Appends the next piece.
    pub(super) fn fill(&mut self, text: &mut String) -> io::Result<()> {
        if self.ended {
            return Ok(());
        }
        let length = read_some(&mut self.file, &mut self.piece)?;
        self.ended = length == 0;
        let bytes = &self.piece[..length];
        self.hasher.update(bytes);
        // Room for the worst case, so that one call always takes all of it.
        text.reserve(
            self.decoder
                .max_utf8_buffer_length(length)
                .unwrap_or(4 * length + 16),
        );
        let _ = self.decoder.decode_to_string(bytes, text, self.ended);
        Ok(())
    }

    /// The hash of all bytes that were read.
    pub(super) fn hash(self) -> [u8; 32] {
        self.hasher.finalize().into()
    }
}

fn read_some(file: &mut impl Read, piece: &mut [u8]) -> io::Result<usize> {
    loop {
        match file.read(piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        format!("\u{feff}{text}")
            .encode_utf16()
            .flat_map(bytes)
            .collect()
    }

    /// Gives one byte at a time, so that every border of a piece is met.
    struct Drip<'a>(&'a [u8]);

    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.0.len().min(1);
            buffer[..length].copy_from_slice(&self.0[..length]);
            self.0 = &self.0[length..];
            Ok(length)
        }
    }

    #[test]
    fn whether_a_file_is_binary_does_not_depend_on_how_much_one_read_gives() {
        // Text nearly as far as is looked at, and then nothing but NULs.
        let bytes = [vec![b'a'; 4000], vec![0; 100_000]].concat();
        let (begin, rest) = bytes.split_at(4000);
        let at_once = survey(bytes.as_slice()).unwrap();
        let in_two = survey(begin.chain(rest)).unwrap();
        assert_eq!(at_once.hopeless, None);
        assert_eq!(in_two.hopeless, None);
    }

    fn text(bytes: &[u8]) -> (String, Survey) {
        let survey = survey(Drip(bytes)).unwrap();
        let mut decoded = Decoded::new(Drip(bytes), survey.encoding);
        let mut text = String::new();
        while !decoded.ended() {
            decoded.fill(&mut text).unwrap();
        }
        assert_eq!(decoded.hash(), survey.hash);
        assert_eq!(survey.hash, <[u8; 32]>::from(Sha256::digest(bytes)));
        (text, survey)
    }

    #[test]
    fn every_encoding_gives_the_same_text() {
        let words = "Müller & Söhne, 😀\r\nzweite";
        let table = [
            words.as_bytes().to_vec(),
            format!("\u{feff}{words}").into_bytes(),
            utf16(words, u16::to_le_bytes),
            utf16(words, u16::to_be_bytes),
        ];
        for bytes in table {
            assert_eq!(text(&bytes).0, words, "{bytes:?}");
        }
    }

    #[test]
    fn what_is_not_utf_8_is_windows_1252() {
        let (text, survey) = text(b"M\xfcller \x80 5, \x93quoted\x94");
        assert_eq!(text, "Müller € 5, “quoted”");
        assert!(!survey.damaged);
    }

    #[test]
    fn one_damaged_place_does_not_turn_utf_8_into_windows_1252() {
        let mut bytes = "Müller, Söhne, ".as_bytes().to_vec();
        bytes.extend_from_slice(b"\xff, \xc3\xa4");
        let (text, survey) = text(&bytes);
        assert_eq!(text, "Müller, Söhne, \u{fffd}, ä");
        assert!(survey.damaged);
    }

    #[test]
    fn a_file_that_ends_within_a_character_is_utf_8() {
        let (text, survey) = text(b"M\xc3");
        assert_eq!(text, "M\u{fffd}");
        assert!(survey.damaged);
    }

    #[test]
    fn what_cannot_be_text_is_told() {
        let utf16_without_mark = &utf16("organization,system", u16::to_le_bytes)[2..];
        for bytes in [
            b"PK\x03\x04......".as_slice(),
            &[0x1f, 0x8b, 8, 0],
            &[0xff, 0xfe, 0, 0, b'a', 0, 0, 0],
            &[0; 100],
            utf16_without_mark,
        ] {
            assert!(survey(bytes).unwrap().hopeless.is_some(), "{bytes:?}");
        }
        for bytes in [
            b"".as_slice(),
            b"organization,system\n",
            &utf16("a,b", u16::to_be_bytes),
        ] {
            assert_eq!(survey(bytes).unwrap().hopeless, None, "{bytes:?}");
        }
    }
}
