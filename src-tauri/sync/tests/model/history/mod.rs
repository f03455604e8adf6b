//! What happens to a partner. Whatever a step needs that only turns out on the way (which posting is
//! refused, say) is found when it is taken, so that a history is the same whatever the network does.
//! Numbers of organizations, accounts, queues and so on count round.

mod made_up;

use cloud_direct::{JobKind, Outcome};
use simulator::{PicklistField, Service, What, When};
use sync::{alerts::Kind, settings::Api};

use crate::computer::End;

pub const ZONES: [&str; 5] = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "UTC",
];

/// A seed, and what follows from it.
#[derive(Debug, Clone)]
pub struct History {
    pub seed: u64,
    pub shape: Shape,
    /// With their numbers, which they keep when others are left out.
    pub steps: Vec<(usize, Step)>,
}

impl History {
    /// With these of its steps alone.
    #[must_use]
    pub fn only(mut self, numbers: &[usize]) -> Self {
        self.steps.retain(|(number, _)| numbers.contains(number));
        self
    }
}

/// What does not change in a history, and how it begins.
#[derive(Debug, Clone)]
pub struct Shape {
    pub start: &'static str,
    pub api: Api,
    pub organizations: usize,
    pub computers: usize,
    /// Rows on a page of the portal.
    pub page: usize,
    /// Portions come mixed, and some jobs twice.
    pub mixed: bool,
    /// A folder of exports in place of the portal.
    pub folder: bool,
    pub zone: usize,
    /// Options have been saved before the first step.
    pub saved: bool,
    /// Hours before the start from which on jobs count; none: from the moment of saving on.
    pub since: Option<i64>,
    pub rows: [RowShape; 4],
    pub digest_hour: i8,
    /// Which account each organization is mapped to.
    pub mapped: Vec<Option<usize>>,
    /// `ExternalID` is hidden from the first ticket on.
    pub hidden: bool,
    /// Sending gives way to the next pass after each portion.
    pub hurried: bool,
    /// Where it is hidden, in this history: a workflow rule overwrites it.
    pub overwritten: bool,
}

#[derive(Debug, Clone, Copy)]
pub struct RowShape {
    pub on: bool,
    pub priority: usize,
    pub queue: usize,
    pub days_due: Option<u16>,
}

#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// Time goes on.
    Sleep {
        minutes: i64,
    },
    /// A computer's clock is off by so much from now on.
    SetClock {
        computer: usize,
        minutes: i64,
    },
    CloudDirect(InCloudDirect),
    Autotask(InAutotask),
    Fault {
        service: Service,
        on: Option<&'static str>,
        when: When,
        what: Fault,
    },
    EndFaults,
    Options(InOptions),
    Mapping {
        organization: usize,
        change: InMapping,
    },
    At {
        computer: usize,
        what: AtComputer,
    },
}

#[derive(Debug, Clone, Copy)]
pub enum InCloudDirect {
    Jobs {
        count: usize,
        organization: usize,
        kind: JobKind,
        outcome: Outcome,
        /// How long ago it ended; negative: in the future.
        minutes_ago: i64,
    },
    /// A job is shown otherwise than before.
    Change {
        job: usize,
        outcome: Outcome,
        minutes_later: i64,
    },
    /// A file with some of the jobs, each as it is now. Only with a folder of exports.
    Export {
        chosen: u64,
    },
    Rename {
        organization: usize,
    },
    Forbid {
        organization: usize,
        forbidden: bool,
    },
    /// Whether the app's token is the right one.
    Token {
        fits: bool,
    },
}

/// What an administrator does.
#[derive(Debug, Clone, Copy)]
pub enum InAutotask {
    Queue {
        queue: usize,
        active: bool,
    },
    Priority {
        priority: usize,
        active: bool,
    },
    Account {
        account: usize,
        active: bool,
    },
    Rights {
        query: bool,
        create: bool,
    },
    Locked {
        locked: bool,
    },
    /// Whether the app's password is the right one.
    Password {
        fits: bool,
    },
    /// `ExternalID` is hidden. The app finds out by a test ticket from each computer.
    HideKeys,
    ShowKeys,
}

/// A fault; which value vanishes is found on the way.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    Is(What),
    Vanishes { field: PicklistField, value: usize },
}

#[derive(Debug, Clone, Copy)]
pub enum InOptions {
    Save,
    Switch {
        row: Kind,
        on: bool,
    },
    Choose {
        row: Kind,
        priority: Option<usize>,
        queue: Option<usize>,
        by_label: bool,
    },
    DaysDue {
        row: Kind,
        days: Option<u16>,
    },
    DigestTime {
        hour: i8,
    },
    DigestWithoutJobs {
        on: bool,
    },
    /// From when on jobs count.
    Since {
        hours_ago: i64,
    },
    Zone {
        zone: usize,
    },
}

#[derive(Debug, Clone, Copy)]
pub enum InMapping {
    Account(usize),
    /// One that does not exist.
    NoSuchAccount,
    NoAccount,
    Excluded(bool),
}

/// What a person does at a computer, and the computer itself.
#[derive(Debug, Clone, Copy)]
pub enum AtComputer {
    Pass(End),
    /// Some, one after the other, with so much time in between.
    Passes {
        count: u32,
        minutes: i64,
    },
    /// For so many minutes, or until resumed.
    Pause(Option<u32>),
    Resume,
    /// All that needs a person.
    Retry,
    TestLogins,
    TestTicket {
        killed: Option<u32>,
    },
    StartAgain,
    /// The database is lost; settings and mappings are entered as they were.
    Reinstall,
}
