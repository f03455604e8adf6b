//! What is known here of all organizations, read once: settings, mappings, figures, our own lines.

use std::collections::HashMap;

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{
    Figure,
    assess::{Assessed, Case, from_here, of_correction},
    due,
};
use crate::{
    settings::{Billing, Settings},
    store::{LineRow, MappingRow, Standing, Store, StoreError},
};

pub(crate) struct Book {
    pub settings: Settings,
    pub zone: TimeZone,
    pub now: Timestamp,
    /// By name.
    pub rows: Vec<MappingRow>,
    by_id: HashMap<String, usize>,
    /// Organizations by the service that they are mapped to.
    of_service: HashMap<i64, Vec<usize>>,
    standing: HashMap<i64, Vec<Standing>>,
    open: HashMap<String, Date>,
    figures: HashMap<Date, HashMap<String, Vec<Figure>>>,
}

impl Book {
    pub fn open(store: &Store, now: Timestamp) -> Result<Self, StoreError> {
        let settings = store.settings()?;
        let rows = store.mapping_rows(None)?;
        let mut of_service: HashMap<i64, Vec<usize>> = HashMap::new();
        for (at, row) in rows.iter().enumerate() {
            if let (None, Some(service)) = (&row.mapping.excluded, &row.mapping.service) {
                of_service.entry(service.id).or_default().push(at);
            }
        }
        Ok(Self {
            zone: settings.general.zone(),
            settings,
            now,
            by_id: rows
                .iter()
                .enumerate()
                .map(|(at, row)| (row.organization.id.clone(), at))
                .collect(),
            rows,
            of_service,
            standing: store.standing_lines()?,
            open: store.oldest_to_post()?,
            figures: HashMap::new(),
        })
    }

    /// Reads the figures of an invoice date, once.
    pub fn read_figures(&mut self, store: &Store, invoice_date: Date) -> Result<(), StoreError> {
        if !self.figures.contains_key(&invoice_date) {
            let moment = due::moment(&self.settings, invoice_date);
            let metric = self.billing().metric.clone();
            let figures = store.last_measurements(&metric, moment, None)?;
            self.figures.insert(invoice_date, figures);
        }
        Ok(())
    }

    pub fn billing(&self) -> &Billing {
        &self.settings.billing
    }

    pub fn row(&self, organization_id: &str) -> Option<&MappingRow> {
        self.rows.get(*self.by_id.get(organization_id)?)
    }

    pub fn name(&self, organization_id: &str) -> String {
        self.row(organization_id)
            .map_or(organization_id, |row| row.organization.name.as_str())
            .to_owned()
    }

    /// The figures of the invoice date have been read.
    pub fn case<'a>(
        &'a self,
        row: &'a MappingRow,
        invoice_date: Date,
        line: Option<&'a LineRow>,
    ) -> Case<'a> {
        let figures = self
            .figures
            .get(&invoice_date)
            .and_then(|figures| figures.get(&row.organization.id));
        Case {
            row,
            invoice_date,
            moment: due::moment(&self.settings, invoice_date),
            now: self.now,
            billing: self.billing(),
            zone: &self.zone,
            figures: figures.map_or(&[], Vec::as_slice),
            shared_with: self.shared_with(row),
            open: self.open.get(&row.organization.id).copied(),
            line,
        }
    }

    fn shared_with(&self, row: &MappingRow) -> Option<&str> {
        let service = row.mapping.service.as_ref()?;
        self.of_service
            .get(&service.id)?
            .iter()
            .filter_map(|at| self.rows.get(*at))
            .find(|other| other.organization.id != row.organization.id)
            .map(|other| other.organization.name.as_str())
    }

    /// Our lines of a contract service that stand in Autotask, or may.
    pub fn standing(&self, service: i64) -> &[Standing] {
        self.standing.get(&service).map_or(&[], Vec::as_slice)
    }

    /// First step of assessing a line that is kept. `None`: its organization, or the line that it
    /// corrects, is not there any more, or that has nothing to be put back.
    pub fn begin(&self, store: &Store, line: &LineRow) -> Result<Option<Assessed>, StoreError> {
        let Some(corrects) = line.corrects else {
            let row = self.row(&line.organization_id);
            return Ok(row.map(|row| from_here(&self.case(row, line.invoice_date, Some(line)))));
        };
        let corrected = store.line(corrects)?;
        Ok(corrected.and_then(|corrected| of_correction(&corrected, line.from_day)))
    }
}
