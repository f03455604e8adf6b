//! One row of an answer, under REST's names.

use jiff::{Timestamp, civil::Date};

use super::{Period, Shape};
use crate::time::{self, Clock};

/// A value as it came. SOAP has texts only; a text is read as what the type wants.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Integer(i64),
    Number(f64),
    Boolean(bool),
    Text(String),
}

#[derive(Debug, Clone)]
pub struct Row {
    shape: &'static Shape,
    /// One for each field of the table; what is null, or read by nobody, is not there.
    cells: Vec<Option<Cell>>,
    clock: Clock,
}

impl Row {
    pub(crate) fn new(shape: &'static Shape, clock: Clock) -> Self {
        Self {
            shape,
            cells: vec![None; shape.fields.len()],
            clock,
        }
    }

    /// Sets the field at that place of the table.
    pub(crate) fn set(&mut self, at: usize, cell: Cell) {
        if let Some(place) = self.cells.get_mut(at) {
            *place = Some(cell);
        }
    }

    fn cell(&self, name: &str) -> Option<&Cell> {
        self.cells.get(self.shape.position(name)?)?.as_ref()
    }

    pub(crate) fn id(&self) -> Result<i64, String> {
        self.integer("id")
    }

    pub(crate) fn integer(&self, name: &str) -> Result<i64, String> {
        self.integer_if_any(name)?.ok_or_else(|| missing(name))
    }

    pub(crate) fn integer_if_any(&self, name: &str) -> Result<Option<i64>, String> {
        self.read(name, "a whole number", |cell| match cell {
            Cell::Integer(value) => Some(*value),
            Cell::Number(value) => whole(*value),
            Cell::Text(text) => {
                let text = text.trim();
                text.parse().ok().or_else(|| whole(text.parse().ok()?))
            }
            Cell::Boolean(_) => None,
        })
    }

    pub(crate) fn number_if_any(&self, name: &str) -> Result<Option<f64>, String> {
        self.read(name, "a number", |cell| match cell {
            Cell::Integer(value) => Some(*value as f64),
            Cell::Number(value) => Some(*value),
            Cell::Text(text) => text
                .trim()
                .parse()
                .ok()
                .filter(|value: &f64| value.is_finite()),
            Cell::Boolean(_) => None,
        })
    }

    pub(crate) fn boolean_if_any(&self, name: &str) -> Result<Option<bool>, String> {
        self.read(name, "true or false", |cell| match cell {
            Cell::Boolean(value) => Some(*value),
            Cell::Integer(value) => Some(*value != 0),
            Cell::Number(_) => None,
            Cell::Text(text) => match text.trim() {
                "1" => Some(true),
                "0" => Some(false),
                text if text.eq_ignore_ascii_case("true") => Some(true),
                text if text.eq_ignore_ascii_case("false") => Some(false),
                _ => None,
            },
        })
    }

    /// Autotask makes no difference between no text and an empty one; neither does this.
    pub(crate) fn text_if_any(&self, name: &str) -> Option<String> {
        match self.cell(name)? {
            Cell::Text(text) if text.is_empty() => None,
            Cell::Text(text) => Some(text.clone()),
            Cell::Integer(value) => Some(value.to_string()),
            Cell::Number(value) => Some(value.to_string()),
            Cell::Boolean(value) => Some(value.to_string()),
        }
    }

    pub(crate) fn text(&self, name: &str) -> String {
        self.text_if_any(name).unwrap_or_default()
    }

    pub(crate) fn moment_if_any(&self, name: &str) -> Result<Option<Timestamp>, String> {
        self.read(name, "a time", |cell| match cell {
            Cell::Text(text) => self.clock.read(text),
            Cell::Integer(_) | Cell::Number(_) | Cell::Boolean(_) => None,
        })
    }

    pub(crate) fn date(&self, name: &str) -> Result<Date, String> {
        self.date_if_any(name)?.ok_or_else(|| missing(name))
    }

    pub(crate) fn date_if_any(&self, name: &str) -> Result<Option<Date>, String> {
        self.read(name, "a date", |cell| match cell {
            Cell::Text(text) => time::read_date(text),
            Cell::Integer(_) | Cell::Number(_) | Cell::Boolean(_) => None,
        })
    }

    pub(crate) fn period_if_any(&self, name: &str) -> Option<Period> {
        self.text_if_any(name).map(|text| Period::read(&text))
    }

    fn read<T>(
        &self,
        name: &str,
        wanted: &str,
        convert: impl Fn(&Cell) -> Option<T>,
    ) -> Result<Option<T>, String> {
        match self.cell(name) {
            None => Ok(None),
            Some(Cell::Text(text)) if text.trim().is_empty() => Ok(None),
            Some(cell) => convert(cell)
                .map(Some)
                .ok_or_else(|| format!("its field {name} is not {wanted}")),
        }
    }
}

fn missing(name: &str) -> String {
    format!("a row lacks its field {name}")
}

fn whole(value: f64) -> Option<i64> {
    // Within 2^53 every whole number is exact.
    (value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0).then_some(value as i64)
}
