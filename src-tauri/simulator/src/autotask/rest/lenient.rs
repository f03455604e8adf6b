//! JSON as the vendor's service reads it: trailing commas and unquoted keys are accepted, since
//! its own examples have them.

use serde_json::{Map, Number, Value};

/// Nesting at most; deeper input is refused.
const DEEPEST: usize = 64;

/// The error is the vendor's text.
pub(crate) fn parse(text: &str) -> Result<Value, String> {
    if let Ok(value) = serde_json::from_str(text) {
        return Ok(value);
    }
    let mut reader = Reader {
        letters: text.chars().collect(),
        at: 0,
    };
    let value = reader.value(0)?;
    reader.skip_space();
    match reader.peek() {
        None => Ok(value),
        Some(letter) => Err(unexpected(letter)),
    }
}

fn unexpected(letter: char) -> String {
    format!("Unexpected character encountered while parsing value: {letter}")
}

fn ended() -> String {
    "Unexpected end when reading JSON.".to_owned()
}

struct Reader {
    letters: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while self
            .peek()
            .is_some_and(|letter| letter.is_whitespace() || letter == '\u{feff}')
        {
            self.at += 1;
        }
    }

    /// The next letter that is not space.
    fn next_sign(&mut self) -> Result<char, String> {
        self.skip_space();
        self.peek().ok_or_else(ended)
    }

    fn eat(&mut self, sign: char) -> bool {
        let found = self.peek() == Some(sign);
        if found {
            self.at += 1;
        }
        found
    }

    fn value(&mut self, depth: usize) -> Result<Value, String> {
        if depth > DEEPEST {
            return Err("The reader's MaxDepth of 64 has been exceeded.".to_owned());
        }
        match self.next_sign()? {
            '{' => self.object(depth),
            '[' => self.array(depth),
            quote @ ('"' | '\'') => self.text(quote).map(Value::String),
            letter => {
                let word = self.word();
                match word.as_str() {
                    "true" => Ok(Value::Bool(true)),
                    "false" => Ok(Value::Bool(false)),
                    "null" => Ok(Value::Null),
                    number => serde_json::from_str::<Number>(number)
                        .map(Value::Number)
                        .map_err(|_| unexpected(letter)),
                }
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, String> {
        self.at += 1;
        let mut object = Map::new();
        loop {
            let key = match self.next_sign()? {
                '}' => break,
                quote @ ('"' | '\'') => self.text(quote)?,
                _ => self.word(),
            };
            let sign = self.next_sign()?;
            if key.is_empty() || !self.eat(':') {
                return Err(unexpected(sign));
            }
            let value = self.value(depth + 1)?;
            object.insert(key, value);
            match self.next_sign()? {
                ',' => self.at += 1,
                '}' => break,
                other => return Err(unexpected(other)),
            }
        }
        self.at += 1;
        Ok(Value::Object(object))
    }

    fn array(&mut self, depth: usize) -> Result<Value, String> {
        self.at += 1;
        let mut array = Vec::new();
        while self.next_sign()? != ']' {
            array.push(self.value(depth + 1)?);
            match self.next_sign()? {
                ',' => self.at += 1,
                ']' => {}
                other => return Err(unexpected(other)),
            }
        }
        self.at += 1;
        Ok(Value::Array(array))
    }

    fn word(&mut self) -> String {
        let start = self.at;
        while self
            .peek()
            .is_some_and(|letter| letter.is_alphanumeric() || "_+-.".contains(letter))
        {
            self.at += 1;
        }
        self.letters
            .get(start..self.at)
            .unwrap_or_default()
            .iter()
            .collect()
    }

    fn text(&mut self, quote: char) -> Result<String, String> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let letter = self.peek().ok_or_else(ended)?;
            self.at += 1;
            match letter {
                letter if letter == quote => return Ok(text),
                '\\' => text.push_str(&self.escape()?),
                letter => text.push(letter),
            }
        }
    }

    fn escape(&mut self) -> Result<String, String> {
        let letter = self.peek().ok_or_else(ended)?;
        let length = if letter == 'u' { 5 } else { 1 };
        let mut escape: String = self
            .letters
            .get(self.at..self.at + length)
            .ok_or_else(ended)?
            .iter()
            .collect();
        self.at += length;
        // A pair of surrogates is one letter.
        let code = escape
            .strip_prefix('u')
            .map(|digits| u16::from_str_radix(digits, 16));
        let is_pair = matches!(code, Some(Ok(0xD800..=0xDBFF)));
        if is_pair && self.peek() == Some('\\') {
            let second: String = self
                .letters
                .get(self.at..self.at + 6)
                .ok_or_else(ended)?
                .iter()
                .collect();
            self.at += 6;
            escape.push_str(&second);
        }
        if letter == '\'' {
            return Ok("'".to_owned());
        }
        serde_json::from_str(&format!("\"\\{escape}\"")).map_err(|_| unexpected(letter))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trailing_commas_unquoted_keys_and_single_quotes_are_accepted() {
        let text = "{ filter: [ {\"op\":\"eq\", 'field':'id', value:\"4\",}, ], MaxRecords: 5, }";
        let parsed = parse(text).unwrap();
        let strict: Value = serde_json::from_str(
            r#"{"filter":[{"op":"eq","field":"id","value":"4"}],"MaxRecords":5}"#,
        )
        .unwrap();
        assert_eq!(parsed, strict);
    }

    #[test]
    fn what_is_no_json_is_refused_in_the_vendors_words() {
        assert_eq!(
            parse("this is it").unwrap_err(),
            "Unexpected character encountered while parsing value: t"
        );
        assert_eq!(
            parse("{\"a\":").unwrap_err(),
            "Unexpected end when reading JSON."
        );
    }
}
