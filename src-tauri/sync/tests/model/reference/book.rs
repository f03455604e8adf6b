//! One installation: what it knows, and what it has decided.

use std::collections::{BTreeMap, BTreeSet};

use cloud_direct::{Job, Outcome};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use sync::{alerts::Kind, plan, time_of_day};

use super::{
    Customer, Key, Options, Ticket,
    days::{Days, turn_of},
    rules::{badness, kind_of, makes_tickets, title_of, words_of},
};

/// What is known of a posting's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Not sent, or certainly without effect.
    Planned,
    /// Begun, and nobody knows how it ended.
    Unclear,
    /// A person has to decide.
    NeedsAttention,
    Done,
}

/// What was made of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decision {
    /// To be made by the next plan.
    Open,
    Ticket,
    /// No ticket, whatever is set later.
    Never,
    /// No ticket, unless jobs count from an earlier moment on.
    TooEarly,
    /// Its ticket was taken back when its organization was excluded.
    UntilIncluded,
    /// It has changed while nobody knew whether its ticket had arrived.
    OnceClear,
}

#[derive(Debug, Clone)]
struct Known {
    job: Job,
    decision: Decision,
}

type JobId = (String, String);

#[derive(Debug, Clone)]
enum About {
    Job(JobId),
    /// A note on the ticket of the job's event.
    Note(JobId),
    Digest {
        words: Vec<String>,
    },
}

impl About {
    fn job(&self) -> Option<&JobId> {
        match self {
            About::Job(id) | About::Note(id) => Some(id),
            About::Digest { .. } => None,
        }
    }
}

#[derive(Debug, Clone)]
struct Posting {
    organization: String,
    about: About,
    kind: Kind,
    title: String,
    occurred_at: Timestamp,
    stage: Stage,
}

/// See the module above.
#[derive(Debug, Clone)]
pub struct Book {
    options: Option<Options>,
    since: Option<Timestamp>,
    zone: TimeZone,
    organizations: BTreeSet<String>,
    /// By organization, also of those that the source has not named yet.
    customers: BTreeMap<String, Customer>,
    jobs: BTreeMap<JobId, Known>,
    postings: BTreeMap<Key, Posting>,
    days: Days,
    /// Planned anew or taken up again by a person since the last look.
    touched: BTreeSet<Key>,
}

impl Book {
    pub fn new(zone: TimeZone) -> Self {
        Self {
            options: None,
            since: None,
            zone,
            organizations: BTreeSet::new(),
            customers: BTreeMap::new(),
            jobs: BTreeMap::new(),
            postings: BTreeMap::new(),
            days: Days::default(),
            touched: BTreeSet::new(),
        }
    }

    // What a person does.

    pub fn set_zone(&mut self, zone: TimeZone) {
        self.zone = zone;
    }

    /// The first time, jobs count from that moment on, unless another is given.
    pub fn save_options(&mut self, options: &Options, since: Option<Timestamp>, now: Timestamp) {
        let since = since.or(self.since).unwrap_or(now);
        self.options = Some(options.clone());
        self.since = Some(since);
        for known in self.jobs.values_mut() {
            let ended = known.job.finished_at;
            if known.decision == Decision::TooEarly && ended.is_some_and(|ended| ended >= since) {
                known.decision = Decision::Open;
            }
        }
    }

    pub fn since(&self) -> Option<Timestamp> {
        self.since
    }

    pub fn set_customer(&mut self, organization: &str, customer: Customer) {
        self.customers.insert(organization.to_owned(), customer);
    }

    pub fn knows(&self, organization: &str) -> bool {
        self.organizations.contains(organization)
    }

    /// A person has it tried again.
    pub fn retry(&mut self, key: &str) {
        self.touched.insert(key.to_owned());
    }

    // What a pass does.

    /// The source has named it.
    pub fn know(&mut self, organization: &str) {
        self.organizations.insert(organization.to_owned());
    }

    /// The source has given it, perhaps not for the first time.
    pub fn take_in(&mut self, job: &Job) {
        if kind_of(job.outcome).is_none() || job.finished_at.is_none() {
            return;
        }
        self.know(&job.organization_id);
        let id = (job.organization_id.clone(), job.id.clone());
        let stage = self.stage_of(&key_of(&id));
        let under_way = self.is_under_way(&id);
        let Some(known) = self.jobs.get_mut(&id) else {
            let job = job.clone();
            let decision = Decision::Open;
            self.jobs.insert(id, Known { job, decision });
            return;
        };
        if same(&known.job, job) {
            return;
        }
        let ended_otherwise = known.job.outcome != job.outcome;
        known.job = job.clone();
        let never_sent = matches!(stage, Some(Stage::Planned | Stage::NeedsAttention));
        if under_way {
            known.decision = Decision::OnceClear;
        } else if (never_sent || ended_otherwise) && known.decision != Decision::UntilIncluded {
            known.decision = Decision::Open;
        }
    }

    /// All that was taken in is decided, and what nobody wants any more is taken back. `all_read`: the
    /// source was read to its end.
    pub fn plan(&mut self, now: Timestamp, all_read: bool) {
        self.let_in();
        if let Some(options) = self.options.clone() {
            let open: Vec<JobId> = self.with(Decision::Open);
            for id in open {
                self.decide(&id, &options);
            }
            self.take_back(&options);
        }
        self.plan_digests(now, all_read);
    }

    fn let_in(&mut self) {
        for id in self.with(Decision::UntilIncluded) {
            if !self.customer(&id.0).excluded {
                self.mark(&id, Decision::Open);
            }
        }
        for id in self.with(Decision::OnceClear) {
            if !self.is_under_way(&id) {
                self.mark(&id, Decision::Open);
            }
        }
    }

    fn decide(&mut self, id: &JobId, options: &Options) {
        let job = self.jobs[id].job.clone();
        let (Some(kind), Some(ended)) = (kind_of(job.outcome), job.finished_at) else {
            return;
        };
        let refusal = if !makes_tickets(job.kind) {
            Some(Decision::Never)
        } else if self.since.is_some_and(|since| ended < since) {
            Some(Decision::TooEarly)
        } else if self.customer(&id.0).excluded {
            Some(Decision::UntilIncluded)
        } else if !options.row(kind).on {
            Some(Decision::Never)
        } else {
            None
        };
        if let Some(decision) = refusal {
            self.refuse(id, decision);
            return;
        }
        self.mark(id, Decision::Ticket);
        let key = key_of(id);
        if self.stage_of(&key) == Some(Stage::Done) {
            self.note(id, kind, &job);
            return;
        }
        self.touched.insert(key.clone());
        let posting = Posting {
            organization: id.0.clone(),
            about: About::Job(id.clone()),
            kind,
            title: title_of(&job),
            occurred_at: ended,
            stage: Stage::Planned,
        };
        self.postings.insert(key, posting);
    }

    /// The ticket is there, and what is known now may be worse than what was said on it. What was to be
    /// said in between, and was not sent, is not said any more.
    fn note(&mut self, id: &JobId, kind: Kind, job: &Job) {
        let key = plan::note_key(&key_of(id), kind);
        self.postings.retain(|other, posting| {
            let waits = matches!(posting.stage, Stage::Planned | Stage::NeedsAttention);
            !(waits && matches!(&posting.about, About::Note(of) if of == id) && *other != key)
        });
        let said = self.postings.values();
        let said = said.filter(|posting| posting.about.job() == Some(id));
        let worst_said = said.map(|posting| badness(posting.kind)).max();
        if worst_said.is_some_and(|said| badness(kind) <= said) {
            return;
        }
        let posting = Posting {
            organization: id.0.clone(),
            about: About::Note(id.clone()),
            kind,
            title: title_of(job),
            occurred_at: job.finished_at.unwrap_or_default(),
            stage: Stage::Planned,
        };
        self.postings.entry(key).or_insert(posting);
    }

    /// What was planned and never sent is taken back; of that, an exclusion gives back when it ends.
    fn refuse(&mut self, id: &JobId, decision: Decision) {
        let of_it = |posting: &Posting| posting.about.job() == Some(id);
        let never_sent =
            |posting: &Posting| matches!(posting.stage, Stage::Planned | Stage::NeedsAttention);
        let some = self
            .postings
            .values()
            .any(|one| of_it(one) && never_sent(one));
        self.postings
            .retain(|_, one| !(of_it(one) && never_sent(one)));
        let one_was_sent = self.postings.values().any(of_it);
        let excluded = decision == Decision::UntilIncluded;
        let mark = if excluded && some {
            Decision::UntilIncluded
        } else if one_was_sent {
            Decision::Ticket
        } else if excluded {
            Decision::Never
        } else {
            decision
        };
        self.mark(id, mark);
    }

    fn take_back(&mut self, options: &Options) {
        let mut unwanted = Vec::new();
        for posting in self.postings.values() {
            let Some(id) = posting.about.job() else {
                continue;
            };
            if !matches!(posting.stage, Stage::Planned | Stage::NeedsAttention) {
                continue;
            }
            if self.customer(&id.0).excluded {
                unwanted.push((id.clone(), Decision::UntilIncluded));
            } else if self.since.is_some_and(|since| posting.occurred_at < since) {
                unwanted.push((id.clone(), Decision::TooEarly));
            } else if !options.row(posting.kind).on {
                unwanted.push((id.clone(), Decision::Never));
            }
        }
        for (id, decision) in unwanted {
            self.refuse(&id, decision);
        }
    }

    fn plan_digests(&mut self, now: Timestamp, all_read: bool) {
        let options = self.options.clone().filter(|options| options.digest.on);
        let customers = &self.customers;
        let unwanted = |posting: &Posting| {
            let excluded = customers
                .get(&posting.organization)
                .is_some_and(|customer| customer.excluded);
            matches!(posting.about, About::Digest { .. })
                && matches!(posting.stage, Stage::Planned | Stage::NeedsAttention)
                && (options.is_none() || excluded)
        };
        self.postings.retain(|_, posting| !unwanted(posting));
        let Some(options) = options else {
            self.days.switched_off();
            return;
        };
        let (time, zone) = (options.digest_time, self.zone.clone());
        let due = self.days.due(now, time, &zone);
        if !due.is_empty() && !all_read {
            return;
        }
        for day in &due {
            for organization in self.organizations.clone() {
                let customer = self.customer(&organization);
                if customer.account.is_some() && !customer.excluded {
                    self.plan_digest(&organization, *day, &options);
                }
            }
        }
        self.days.are_done(&due, now, time, &zone);
    }

    fn plan_digest(&mut self, organization: &str, day: Date, options: &Options) {
        let whole = time_of_day::whole_day(day, &self.zone);
        let of_that_day: Vec<&Job> = self
            .jobs
            .values()
            .map(|known| &known.job)
            .filter(|job| job.organization_id == organization && makes_tickets(job.kind))
            .filter(|job| job.finished_at.is_some_and(|ended| whole.contains(&ended)))
            .collect();
        if of_that_day.is_empty() && !options.digest_without_jobs {
            return;
        }
        let count = |kind| {
            let so = of_that_day
                .iter()
                .filter(|job| kind_of(job.outcome) == Some(kind));
            so.count()
        };
        // Of an organization that is kept back it goes on: "no jobs read".
        let outcomes = if of_that_day.is_empty() {
            "no jobs".to_owned()
        } else {
            format!(
                "{} failed, {} with warnings, {} successful (",
                count(Kind::Error),
                count(Kind::Warning),
                count(Kind::Success)
            )
        };
        let messages = of_that_day
            .iter()
            .filter(|job| kind_of(job.outcome) != Some(Kind::Success))
            .filter_map(|job| job.message.clone());
        let posting = Posting {
            organization: organization.to_owned(),
            about: About::Digest {
                words: messages.collect(),
            },
            kind: Kind::Digest,
            title: format!("Daily Digest {day}: {outcomes}"),
            occurred_at: turn_of(day, options.digest_time, &self.zone),
            stage: Stage::Planned,
        };
        let key = plan::digest_key(organization, day);
        self.postings.entry(key).or_insert(posting);
    }

    // What follows from it.

    /// What may be sent now, and how it has to look.
    pub fn sendable(&self, now: Timestamp) -> BTreeMap<Key, Ticket> {
        let keys = self.postings.keys();
        keys.filter_map(|key| Some((key.clone(), self.ticket(key, now)?)))
            .collect()
    }

    fn ticket(&self, key: &str, now: Timestamp) -> Option<Ticket> {
        let posting = &self.postings[key];
        let row = self.options.as_ref()?.row(posting.kind);
        let customer = self.customer(&posting.organization);
        let words = match &posting.about {
            About::Digest { words } => words.clone(),
            About::Job(id) | About::Note(id) => {
                let known = &self.jobs[id];
                (known.decision == Decision::Ticket).then(|| words_of(&known.job))?
            }
        };
        let on = match &posting.about {
            About::Note(id) => Some(key_of(id)),
            About::Job(_) | About::Digest { .. } => None,
        };
        let may_be_sent = row.on
            && !customer.excluded
            && matches!(posting.stage, Stage::Planned | Stage::Unclear);
        // A digest that is made up for is not overdue when it is made.
        let counts_from = match &posting.about {
            About::Digest { .. } => posting.occurred_at.max(now),
            About::Job(_) | About::Note(_) => posting.occurred_at,
        };
        may_be_sent.then_some(Ticket {
            on,
            account: customer.account?,
            priority: row.priority?,
            queue: row.queue?,
            due: time_of_day::due(counts_from, row.days_due.unwrap_or(0), &self.zone),
            title: posting.title.clone(),
            words,
        })
    }

    pub fn stages(&self) -> BTreeMap<Key, Stage> {
        let postings = self.postings.iter();
        postings
            .map(|(key, posting)| (key.clone(), posting.stage))
            .collect()
    }

    /// How a posting's way went on. Gives back where it was before.
    pub fn went_on(&mut self, key: &str, stage: Stage) -> Result<Stage, String> {
        let Some(posting) = self.postings.get_mut(key) else {
            return Err(format!("nobody planned {key}"));
        };
        let touched = self.touched.contains(key);
        let legal = match (posting.stage, stage) {
            (Stage::Done, to) => to == Stage::Done,
            (Stage::NeedsAttention, to) => touched || to == Stage::NeedsAttention,
            (Stage::Planned | Stage::Unclear, _) => true,
        };
        if !legal {
            return Err(format!("{key} went from {:?} to {stage:?}", posting.stage));
        }
        Ok(std::mem::replace(&mut posting.stage, stage))
    }

    /// The ticket that was found for an event may be another computer's, made before the job changed: then
    /// that is what has been said.
    pub fn says(&mut self, key: &str, title: &str) {
        let Some(posting) = self.postings.get_mut(key) else {
            return;
        };
        let About::Job(id) = posting.about.clone() else {
            return;
        };
        let Some(known) = self.jobs.get_mut(&id) else {
            return;
        };
        for outcome in [Outcome::Warning, Outcome::Success] {
            let before = Job {
                outcome,
                ..known.job.clone()
            };
            let (Some(said), Some(now)) = (kind_of(outcome), kind_of(known.job.outcome)) else {
                continue;
            };
            if badness(said) < badness(now) && title_of(&before) == title {
                posting.kind = said;
                posting.title = title.to_owned();
                known.decision = Decision::Open;
                return;
            }
        }
    }

    /// What was touched has been looked at.
    pub fn was_looked_at(&mut self) {
        self.touched.clear();
    }

    /// How a job ended, as far as it was taken in.
    pub fn outcome_of(&self, organization: &str, id: &str) -> Option<Outcome> {
        let id = (organization.to_owned(), id.to_owned());
        self.jobs.get(&id).map(|known| known.job.outcome)
    }

    pub fn excludes(&self, organization: &str) -> bool {
        self.customer(organization).excluded
    }

    fn customer(&self, organization: &str) -> Customer {
        let known = self.organizations.contains(organization);
        let customer = self.customers.get(organization).copied();
        customer.filter(|_| known).unwrap_or_default()
    }

    /// Whether nobody knows yet if something of it has arrived.
    fn is_under_way(&self, id: &JobId) -> bool {
        let of_it = |posting: &&Posting| posting.about.job() == Some(id);
        let mut of_it = self.postings.values().filter(of_it);
        of_it.any(|posting| posting.stage == Stage::Unclear)
    }

    fn stage_of(&self, key: &str) -> Option<Stage> {
        self.postings.get(key).map(|posting| posting.stage)
    }

    fn with(&self, decision: Decision) -> Vec<JobId> {
        let jobs = self.jobs.iter();
        jobs.filter(|(_, known)| known.decision == decision)
            .map(|(id, _)| id.clone())
            .collect()
    }

    fn mark(&mut self, id: &JobId, decision: Decision) {
        if let Some(known) = self.jobs.get_mut(id) {
            known.decision = decision;
        }
    }
}

fn key_of(id: &JobId) -> Key {
    plan::event_key(&id.0, &id.1)
}

/// Whether nothing has changed that a service desk would read.
fn same(one: &Job, other: &Job) -> bool {
    let told = |job: &Job| {
        (
            (
                job.system.clone(),
                job.task.clone(),
                job.kind,
                job.status.clone(),
            ),
            (
                job.outcome,
                job.finished_at,
                job.warning_count,
                job.error_count,
            ),
            job.message.clone(),
        )
    };
    told(one) == told(other)
}
