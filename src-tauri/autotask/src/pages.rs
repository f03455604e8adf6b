//! Rows page by page, the same way over both transports.
//!
//! Pages follow one another by id: the next one is the same query for the rows after the highest id
//! so far. So nothing is skipped or read twice when rows come and go between two pages, and there is
//! no state on the other side that could expire.
//!
//! * A page of 500 rows, or one whose answer announces another, is followed by another.
//! * Rows whose ids are not above those of the page before are left out: they have been read. A page
//!   of nothing but those is the same page again, and an error rather than a circle.
//! * A page that is empty and yet announces another is followed where it points to: there is no id
//!   to go on from.

use url::Url;

use crate::entity::Row;
use crate::query::{PAGE_ROWS, Plan};

/// Empty pages in a row before it is enough.
const EMPTY_MAX: u32 = 100;

/// What one call gave.
#[derive(Debug)]
pub(crate) struct Page {
    pub rows: Vec<Row>,
    /// Where the answer says that the next page is.
    pub next: Option<Url>,
}

/// How far a query has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Position {
    /// The highest id so far.
    last: Option<i64>,
    /// Where an empty page pointed to.
    pub address: Option<Url>,
    empty: u32,
}

impl Position {
    /// The query for the next page.
    pub(crate) fn query(&self, plan: &Plan) -> Plan {
        match self.last {
            Some(id) => plan.after(id),
            None => plan.clone(),
        }
    }

    /// The new rows of a page in the order of their ids, and the position after it, if there may be
    /// more. `Err` says what is wrong with the page.
    pub(crate) fn step(self, page: Page) -> Result<(Vec<Row>, Option<Position>), String> {
        let full = page.rows.len() >= PAGE_ROWS;
        let some = !page.rows.is_empty();
        let mut rows: Vec<(i64, Row)> = Vec::with_capacity(page.rows.len());
        for row in page.rows {
            let id = row.id()?;
            if self.last.is_none_or(|last| id > last) {
                rows.push((id, row));
            }
        }
        rows.sort_by_key(|(id, _)| *id);
        rows.dedup_by_key(|(id, _)| *id);
        let next = match (rows.last(), page.next) {
            (Some((highest, _)), next) => (full || next.is_some()).then_some(Position {
                last: Some(*highest),
                ..Position::default()
            }),
            (None, next) if some && (full || next.is_some()) => {
                return Err("the pages go round in a circle".to_owned());
            }
            (None, None) => None,
            (None, Some(next))
                if self.address.as_ref() == Some(&next) || self.empty >= EMPTY_MAX =>
            {
                return Err(format!("the pages go round in a circle ({})", next.path()));
            }
            (None, Some(next)) => Some(Position {
                last: self.last,
                address: Some(next),
                empty: self.empty + 1,
            }),
        };
        Ok((rows.into_iter().map(|(_, row)| row).collect(), next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EntityKind;
    use crate::entity::Cell;
    use crate::time::Clock;

    fn page(ids: impl IntoIterator<Item = i64>, next: Option<&str>) -> Page {
        let rows = ids.into_iter().map(|id| {
            let mut row = Row::new(EntityKind::Ticket.shape(), Clock::Utc);
            row.set(0, Cell::Integer(id));
            row
        });
        Page {
            rows: rows.collect(),
            next: next.map(|next| next.parse().unwrap()),
        }
    }

    fn after(last: i64) -> Position {
        Position {
            last: Some(last),
            ..Position::default()
        }
    }

    fn step(position: Position, page: Page) -> Result<(Vec<i64>, Option<Position>), String> {
        let (rows, next) = position.step(page)?;
        Ok((rows.iter().map(|row| row.id().unwrap()).collect(), next))
    }

    #[test]
    fn a_full_page_or_one_that_announces_another_is_followed() {
        let start = Position::default;
        assert_eq!(step(start(), page(1..=3, None)).unwrap().1, None);
        let announced = step(start(), page(1..=3, Some("http://a/next"))).unwrap();
        assert_eq!(announced.1, Some(after(3)));
        let full = step(start(), page(1..=500, None)).unwrap();
        assert_eq!((full.0.len(), full.1), (500, Some(after(500))));
        assert_eq!(step(after(500), page([], None)).unwrap(), (vec![], None));
    }

    #[test]
    fn rows_come_in_the_order_of_their_ids_and_each_once() {
        let (ids, _) = step(after(10), page([12, 9, 11, 10, 12], None)).unwrap();
        assert_eq!(ids, [11, 12]);
    }

    #[test]
    fn a_repeated_page_is_an_error_and_not_a_circle() {
        assert!(step(after(500), page(1..=500, None)).is_err());
        assert!(step(after(5), page(1..=5, Some("http://a/next"))).is_err());
        // A short one that repeats is the end.
        assert_eq!(step(after(5), page(1..=5, None)).unwrap(), (vec![], None));
    }

    #[test]
    fn an_empty_page_is_followed_where_it_points_to_and_not_for_ever() {
        let (_, first) = step(after(7), page([], Some("http://a/1"))).unwrap();
        let first = first.unwrap();
        assert_eq!(first.address.as_ref().unwrap().path(), "/1");
        assert!(step(first.clone(), page([], Some("http://a/1"))).is_err());
        let (ids, then) = step(first.clone(), page([8], Some("http://a/2"))).unwrap();
        assert_eq!((ids, then), (vec![8], Some(after(8))));

        let mut position = first;
        for number in 2.. {
            match step(position, page([], Some(&format!("http://a/{number}")))) {
                Ok((_, next)) => position = next.unwrap(),
                Err(_) => {
                    assert_eq!(number, EMPTY_MAX + 1);
                    break;
                }
            }
        }
    }
}
