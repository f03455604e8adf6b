//! All the exports in the folder, and what is remembered of them from one look to the next.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fs::File,
    io,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::{Timestamp, civil};

use super::{
    FolderOptions,
    batch::{BadLines, Batch, ending_notice, trouble},
    decode::{self, Survey},
    export::{self, Ending, Event},
    records::LONGEST,
    rows::Reading,
    scan::{self, Export, Kind, Listing, Sightings, Stamp},
};
use crate::{Error, Measured, Organization, OrganizationState, Partner, Portion, Usage};

/// As long as this a file may end in half a record.
const YOUNG: Duration = Duration::from_secs(60 * 60);

pub(super) struct Library {
    path: PathBuf,
    options: FolderOptions,
    reading: Reading,
    sightings: Sightings,
    surveys: Mutex<HashMap<PathBuf, (Stamp, Survey)>>,
    named: Mutex<HashMap<[u8; 32], Arc<Named>>>,
}

/// The organizations that one file names, by id.
type Named = BTreeMap<String, NamedOrganization>;

#[derive(Clone, Debug)]
struct NamedOrganization {
    name: String,
    /// As of then. Only usage says something of it.
    state: Option<(Timestamp, OrganizationState)>,
}

impl Library {
    pub(super) fn new(path: PathBuf, options: FolderOptions) -> Library {
        Library {
            path,
            reading: Reading {
                time_zone: options.time_zone.clone(),
                date_order: options.date_order,
                rules: options.rules.clone(),
                longest_record: LONGEST,
            },
            options,
            sightings: Sightings::default(),
            surveys: Mutex::default(),
            named: Mutex::default(),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn interrupted(&self) -> Error {
        Error::FolderUnreadable {
            path: self.path.display().to_string(),
            reason: "reading was interrupted".to_owned(),
        }
    }

    /// What lies in the folder, as a partner's name.
    pub(super) fn contents(&self) -> Result<Partner, Error> {
        let listing = self.list()?;
        let kinds = listing.ready.iter().map(|export| export.kind);
        let kinds: Vec<Kind> = kinds
            .chain(listing.notices.iter().map(|(kind, _)| *kind))
            .collect();
        let usage = kinds.iter().filter(|kind| **kind == Kind::UsageCsv).count();
        let name = self.path.file_name().unwrap_or(self.path.as_os_str());
        let plural = |count| if count == 1 { "" } else { "s" };
        let jobs = kinds.len() - usage;
        Ok(Partner {
            name: format!(
                "{} ({jobs} job file{}, {usage} usage file{})",
                name.to_string_lossy(),
                plural(jobs),
                plural(usage)
            ),
            invoice_day: None,
            time_zone: None,
        })
    }

    /// Hands over the jobs of all files that are not known, until `deliver` says no.
    pub(super) fn jobs(&self, deliver: &dyn Fn(Portion) -> bool) -> Result<(), Error> {
        let listing = self.list()?;
        let is_of_jobs = |kind: Kind| kind != Kind::UsageCsv;
        let notices: Vec<_> = listing
            .notices
            .into_iter()
            .filter(|(kind, _)| is_of_jobs(*kind))
            .map(|(_, notice)| notice)
            .collect();
        let mut listening = notices.is_empty()
            || deliver(Portion {
                notices,
                ..Portion::default()
            });
        let mut given = HashSet::new();
        for export in listing
            .ready
            .iter()
            .filter(|export| is_of_jobs(export.kind))
        {
            if !listening {
                break;
            }
            listening = match self.survey(export) {
                Ok(survey)
                    if given.contains(&survey.hash) || (self.options.known)(&survey.hash) =>
                {
                    true
                }
                Ok(survey) => {
                    let mut batch = Batch::new(export, survey.hash, deliver);
                    let ending = self.read(export, &survey, &mut |event| batch.take(event));
                    if matches!(ending, Ok(Ending::Whole)) {
                        given.insert(survey.hash);
                    }
                    batch.end(ending)
                }
                Err(error) => match trouble(export, &error) {
                    None => true,
                    Some(notice) => deliver(Portion {
                        notices: vec![notice],
                        ..Portion::default()
                    }),
                },
            };
        }
        Ok(())
    }

    /// The organizations that the files name, sorted by name.
    pub(super) fn organizations(&self) -> Result<Vec<Organization>, Error> {
        let mut all = Named::new();
        let mut present = HashSet::new();
        for export in &self.list()?.ready {
            // What is wrong with a file is told where its rows are asked for.
            let Ok(survey) = self.survey(export) else {
                continue;
            };
            present.insert(survey.hash);
            let Ok(named) = self.named(export, &survey) else {
                continue;
            };
            for (id, organization) in named.iter() {
                name(&mut all, id, &organization.name, organization.state);
            }
        }
        self.named
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|hash, _| present.contains(hash));
        let mut organizations: Vec<_> = all
            .into_iter()
            .map(|(id, found)| Organization {
                id,
                name: found.name,
                state: found
                    .state
                    .map_or(OrganizationState::Unknown, |(_, state)| state),
            })
            .collect();
        organizations.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        Ok(organizations)
    }

    /// The last measurements up to the end of that day in the partner's time zone.
    pub(super) fn measured(&self, day: civil::Date) -> Result<Measured, Error> {
        let listing = self.list()?;
        let is_usage = |kind: Kind| kind == Kind::UsageCsv;
        let mut notices: Vec<_> = listing
            .notices
            .into_iter()
            .filter(|(kind, _)| is_usage(*kind))
            .map(|(_, notice)| notice)
            .collect();
        let end = self.end_of(day)?;
        let mut last: BTreeMap<(String, String), Usage> = BTreeMap::new();
        for export in listing.ready.iter().filter(|export| is_usage(export.kind)) {
            let mut bad_lines = BadLines::default();
            let ending = self.survey(export).and_then(|survey| {
                self.read(export, &survey, &mut |event| {
                    match event {
                        Event::Usage(row) if row.usage.measured_at < end => {
                            let usage = row.usage;
                            let key = (usage.organization_id.clone(), usage.metric.clone());
                            if last
                                .get(&key)
                                .is_none_or(|before| before.measured_at <= usage.measured_at)
                            {
                                last.insert(key, usage);
                            }
                        }
                        Event::Usage(_) | Event::Job(_) => {}
                        Event::Bad { line, reason } => {
                            notices.extend(bad_lines.notice(export, line, reason))
                        }
                    }
                    ControlFlow::Continue(())
                })
            });
            notices.extend(bad_lines.rest(export));
            notices.extend(ending_notice(export, &ending));
        }
        Ok(Measured {
            usage: last.into_values().collect(),
            notices,
        })
    }

    fn end_of(&self, day: civil::Date) -> Result<Timestamp, Error> {
        let next = day
            .tomorrow()
            .and_then(|next| self.options.time_zone.to_timestamp(next.into()));
        next.map_err(|_| Error::FolderUnreadable {
            path: self.path.display().to_string(),
            reason: "that day lies beyond the calendar".to_owned(),
        })
    }

    fn list(&self) -> Result<Listing, Error> {
        let options = &self.options;
        let listing = scan::list(&self.path, options.settle, (options.now)(), &self.sightings)?;
        let mut surveys = self.surveys.lock().unwrap_or_else(PoisonError::into_inner);
        surveys.retain(|path, _| listing.ready.iter().any(|export| export.path == *path));
        Ok(listing)
    }

    /// From memory, if the file is as it was. Without a time to settle a file may change twice within
    /// one tick of its clock, and nothing is kept.
    fn survey(&self, export: &Export) -> io::Result<Survey> {
        let surveys = || self.surveys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((stamp, survey)) = surveys().get(&export.path)
            && *stamp == export.stamp
        {
            return Ok(survey.clone());
        }
        let survey = decode::survey(File::open(&export.path)?)?;
        if !self.options.settle.is_zero() {
            surveys().insert(export.path.clone(), (export.stamp, survey.clone()));
        }
        Ok(survey)
    }

    fn read(
        &self,
        export: &Export,
        survey: &Survey,
        found: &mut dyn FnMut(Event) -> ControlFlow<()>,
    ) -> io::Result<Ending> {
        let young = export
            .stamp
            .age((self.options.now)())
            .is_none_or(|age| age < YOUNG);
        let file = File::open(&export.path)?;
        export::read(
            file,
            export.kind,
            survey,
            &self.options.headers,
            &self.reading,
            young,
            found,
        )
    }

    fn named(&self, export: &Export, survey: &Survey) -> io::Result<Arc<Named>> {
        let memory = || self.named.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(named) = memory().get(&survey.hash) {
            return Ok(Arc::clone(named));
        }
        let mut named = Named::new();
        let ending = self.read(export, survey, &mut |event| {
            match event {
                Event::Job(row) => {
                    name(
                        &mut named,
                        &row.job.organization_id,
                        &row.organization_name,
                        None,
                    );
                }
                Event::Usage(row) => {
                    let state = row.state.map(|state| (row.usage.measured_at, state));
                    name(
                        &mut named,
                        &row.usage.organization_id,
                        &row.organization_name,
                        state,
                    );
                }
                Event::Bad { .. } => {}
            }
            ControlFlow::Continue(())
        })?;
        let named = Arc::new(named);
        if ending == Ending::Whole {
            memory().insert(survey.hash, Arc::clone(&named));
        }
        Ok(named)
    }
}

/// A name that is not just the id again is the better one; the newest state counts.
fn name(all: &mut Named, id: &str, name: &str, state: Option<(Timestamp, OrganizationState)>) {
    let Some(known) = all.get_mut(id) else {
        let name = name.to_owned();
        all.insert(id.to_owned(), NamedOrganization { name, state });
        return;
    };
    if known.name == id && name != id {
        known.name = name.to_owned();
    }
    if let Some((at, _)) = state
        && known.state.is_none_or(|(before, _)| before <= at)
    {
        known.state = state;
    }
}
