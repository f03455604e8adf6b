//! A history from a seed.

use std::time::Duration;

use cloud_direct::{JobKind, Outcome};
use simulator::{PicklistField, Service, What, When};
use sync::{alerts::Kind, settings::Api};

use super::{
    AtComputer, Fault, History, InAutotask, InCloudDirect, InMapping, InOptions, RowShape, Shape,
    Step, ZONES,
};
use crate::{
    computer::{End, Turns},
    random::Random,
};

/// Before changes to and from summer time, and a leap day.
const STARTS: [&str; 5] = [
    "2026-10-21T12:00:00Z",
    "2026-10-28T21:30:00Z",
    "2027-03-09T06:00:00Z",
    "2027-03-25T12:00:00Z",
    "2028-02-26T03:00:00Z",
];

impl History {
    pub fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let shape = shape(&mut random);
        let count = 15 + random.below(30);
        let mut steps = Vec::new();
        while steps.len() < count {
            match random.below(100) {
                0..10 => steps.extend(answers_are_lost(&mut random, &shape)),
                10..15 => steps.extend(something_waits(&mut random, &shape)),
                _ => steps.push(step(&mut random, &shape)),
            }
        }
        let steps = steps.into_iter().enumerate().collect();
        Self { seed, shape, steps }
    }
}

fn shape(random: &mut Random) -> Shape {
    let organizations = 2 + random.below(3);
    let mut row = |likely| RowShape {
        on: random.chance(likely),
        priority: random.below(4),
        queue: random.below(4),
        days_due: random.chance(80).then(|| random.below(4) as u16),
    };
    let rows = [row(70), row(90), row(95), row(70)];
    Shape {
        start: random.pick(&STARTS),
        api: random.pick(&[Api::Rest, Api::Soap]),
        organizations,
        computers: if random.chance(35) { 2 } else { 1 },
        page: random.pick(&[1, 2, 5, 500]),
        mixed: random.chance(30),
        folder: random.chance(20),
        zone: random.below(ZONES.len()),
        saved: random.chance(85),
        since: random.chance(85).then(|| random.between(0, 96)),
        rows,
        digest_hour: random.between(0, 23) as i8,
        mapped: (0..organizations)
            .map(|_| random.chance(85).then(|| random.below(6)))
            .collect(),
        hidden: random.chance(10),
        hurried: random.chance(30),
        overwritten: random.chance(40),
    }
}

/// Jobs of an organization, exported if need be.
fn some_jobs(random: &mut Random, shape: &Shape, organization: usize) -> Vec<Step> {
    let mut steps = vec![Step::CloudDirect(jobs(random, organization))];
    if shape.folder {
        let chosen = u64::MAX;
        steps.push(Step::CloudDirect(InCloudDirect::Export { chosen }));
    }
    steps
}

/// What matters most does not come together by chance often enough: answers are lost while there is
/// something to send.
fn answers_are_lost(random: &mut Random, shape: &Shape) -> Vec<Step> {
    let computer = random.below(shape.computers);
    let organization = random.below(shape.organizations);
    let at = |what| Step::At { computer, what };
    let mut steps = some_jobs(random, shape, organization);
    let lost = [
        What::DropAfter,
        late(random, shape),
        What::Truncate,
        What::DropBefore,
        What::Status(500),
        What::Status(502),
        What::HtmlPage,
    ];
    let fault = |when, what| Step::Fault {
        service: Service::Autotask,
        on: Some("Tickets/create"),
        when,
        what,
    };
    let lost = Fault::Is(random.pick(&lost));
    match random.below(10) {
        0..3 => steps.push(fault(When::Once, lost)),
        3..6 => steps.push(fault(When::EveryNth(2), lost)),
        6 => {
            // Until a person has to look at it.
            steps.push(fault(When::Always, lost));
            let count = 6 + random.below(8) as u32;
            let minutes = random.pick(&[6, 25 * 60]);
            steps.push(at(AtComputer::Passes { count, minutes }));
        }
        7 => {
            // The status of new tickets: each of them is refused.
            let field = PicklistField::Status;
            steps.push(fault(When::Once, Fault::Vanishes { field, value: 0 }));
        }
        _ => {}
    }
    steps.push(at(AtComputer::Pass(end(random))));
    if random.chance(70) {
        steps.push(Step::EndFaults);
        let minutes = random.pick(&[1, 6, 30]);
        steps.push(at(AtComputer::Passes { count: 2, minutes }));
    }
    steps
}

/// Or what waits is no longer wanted, and perhaps wanted again.
fn something_waits(random: &mut Random, shape: &Shape) -> Vec<Step> {
    let computer = random.below(shape.computers);
    let organization = random.below(shape.organizations);
    let pass = Step::At {
        computer,
        what: AtComputer::Pass(End::ByItself),
    };
    let mapping = |change| Step::Mapping {
        organization,
        change,
    };
    let mut steps = vec![mapping(InMapping::NoAccount)];
    steps.extend(some_jobs(random, shape, organization));
    steps.push(pass);
    let row = random.pick(&Kind::ALL);
    let switch = |on| Step::Options(InOptions::Switch { row, on });
    let (unwanted, wanted) = match random.below(4) {
        0 => (switch(false), switch(true)),
        1 => (
            mapping(InMapping::Excluded(true)),
            mapping(InMapping::Excluded(false)),
        ),
        2 => (
            Step::Options(InOptions::Since { hours_ago: -4 }),
            Step::Options(InOptions::Since { hours_ago: 96 }),
        ),
        _ => (
            Step::CloudDirect(InCloudDirect::Change {
                job: random.below(40),
                outcome: outcome(random),
                minutes_later: 0,
            }),
            Step::CloudDirect(InCloudDirect::Change {
                job: random.below(40),
                outcome: outcome(random),
                minutes_later: 0,
            }),
        ),
    };
    steps.push(unwanted);
    steps.extend(random.chance(70).then_some(pass));
    steps.extend(random.chance(70).then_some(wanted));
    steps.push(mapping(InMapping::Account(random.below(6))));
    steps.push(pass);
    steps
}

fn step(random: &mut Random, shape: &Shape) -> Step {
    let organization = random.below(shape.organizations);
    let computer = random.below(shape.computers);
    if shape.folder && random.chance(12) {
        let chosen = random.between(1, i64::MAX - 2) as u64;
        return Step::CloudDirect(InCloudDirect::Export { chosen });
    }
    match random.below(100) {
        0..34 => Step::At {
            computer,
            what: AtComputer::Pass(end(random)),
        },
        34..54 => Step::CloudDirect(in_cloud_direct(random, organization)),
        54..64 => time(random, computer),
        64..68 => Step::EndFaults,
        68..78 => fault(random, shape),
        78..85 => Step::Options(in_options(random)),
        85..89 => Step::Mapping {
            organization,
            change: in_mapping(random),
        },
        89..92 => Step::Autotask(in_autotask(random)),
        _ => Step::At {
            computer,
            what: at_computer(random),
        },
    }
}

fn end(random: &mut Random) -> End {
    // Most passes are over within 30, and sending within 20.
    let most = random.pick(&[8, 25, 80]);
    let turns = random.below(most) as u32;
    let turns = if random.chance(50) {
        Turns::OfSending(turns)
    } else {
        Turns::OfThePass(turns)
    };
    match random.below(20) {
        0..7 => End::Killed(turns),
        7..9 => End::Cancelled(turns),
        _ => End::ByItself,
    }
}

fn in_cloud_direct(random: &mut Random, organization: usize) -> InCloudDirect {
    match random.below(20) {
        0..14 => jobs(random, organization),
        14..18 => InCloudDirect::Change {
            job: random.below(40),
            outcome: outcome(random),
            minutes_later: random.pick(&[0, 0, 0, -30, 45, 1500]),
        },
        18 => InCloudDirect::Forbid {
            organization,
            forbidden: random.chance(60),
        },
        _ => match random.below(3) {
            0 => InCloudDirect::Rename { organization },
            fits => InCloudDirect::Token { fits: fits == 1 },
        },
    }
}

fn jobs(random: &mut Random, organization: usize) -> InCloudDirect {
    let kind = match random.below(12) {
        0 => JobKind::Restore,
        1 => JobKind::Replication,
        2 => JobKind::Other,
        _ => JobKind::Backup,
    };
    let minutes_ago = match random.below(20) {
        0..14 => 0,
        14..16 => random.between(1, 50),
        16..19 => random.between(50, 47 * 60),
        _ => -random.between(1, 72 * 60),
    };
    InCloudDirect::Jobs {
        count: random.pick(&[1, 2, 3, 4, 6]),
        organization,
        kind,
        outcome: outcome(random),
        minutes_ago,
    }
}

fn outcome(random: &mut Random) -> Outcome {
    match random.below(20) {
        0..6 => Outcome::Success,
        6..12 => Outcome::Warning,
        12..19 => Outcome::Error,
        _ => Outcome::NotFinished,
    }
}

fn time(random: &mut Random, computer: usize) -> Step {
    let minutes = match random.below(20) {
        0..5 => random.between(1, 6),
        5..10 => random.between(6, 90),
        10..15 => random.between(90, 16 * 60),
        15..17 => random.between(16 * 60, 80 * 60),
        17 => random.between(80 * 60, 20 * 24 * 60),
        _ => {
            let three_days = 3 * 24 * 60;
            let minutes = random.pick(&[0, 0, -1, 1]) * random.between(1, three_days);
            return Step::SetClock { computer, minutes };
        }
    };
    Step::Sleep { minutes }
}

fn fault(random: &mut Random, shape: &Shape) -> Step {
    let when = match random.below(6) {
        0..2 => When::Once,
        2..4 => When::EveryNth(2 + random.below(4) as u32),
        4 => When::Probability(0.2 + random.below(5) as f64 / 10.0),
        _ => When::Always,
    };
    let (service, places): (Service, &[Option<&'static str>]) = if random.chance(75) {
        let places = &[
            None,
            Some("Tickets"),
            Some("Tickets/create"),
            Some("Tickets/create"),
            Some("Tickets/create"),
            Some("Tickets/query"),
            Some("fields"),
            Some("Companies"),
            Some("threshold"),
        ];
        (Service::Autotask, places)
    } else {
        let places = &[None, Some("jobs"), Some("organizations")];
        (Service::CloudDirect, places)
    };
    let what = what(random, shape);
    let (service, on) = match what {
        Fault::Is(_) => (service, random.pick(places)),
        Fault::Vanishes { .. } => (Service::Autotask, Some("create")),
    };
    Step::Fault {
        service,
        on,
        when,
        what,
    }
}

/// A second computer sends what the first one's request will still make: it looks, and finds nothing. So
/// requests are late only where there is one.
fn late(random: &mut Random, shape: &Shape) -> What {
    if shape.computers > 1 {
        return What::DropAfter;
    }
    What::DropLate(Duration::from_secs(random.between(1, 295) as u64))
}

fn what(random: &mut Random, shape: &Shape) -> Fault {
    let status = [400, 401, 403, 404, 408, 409, 422, 429, 500, 502, 503, 504];
    Fault::Is(match random.below(24) {
        0..2 => What::Delay(Duration::from_millis(random.below(4) as u64)),
        2..5 => What::DropBefore,
        5..8 => What::DropAfter,
        8..10 => late(random, shape),
        10..13 => What::Truncate,
        13..15 => What::HtmlPage,
        15..18 => What::Status(random.pick(&status)),
        18 => What::LoginRevoked,
        19 => What::UserLocked,
        20 => What::QuotaUsedUp,
        21 => What::ThreadLimit,
        _ => {
            return Fault::Vanishes {
                field: random.pick(&PicklistField::ALL),
                value: random.below(6),
            };
        }
    })
}

fn in_options(random: &mut Random) -> InOptions {
    let row = random.pick(&Kind::ALL);
    match random.below(20) {
        0..7 => InOptions::Switch {
            row,
            on: random.chance(60),
        },
        7..10 => InOptions::Choose {
            row,
            priority: random.chance(85).then(|| random.below(4)),
            queue: random.chance(85).then(|| random.below(4)),
            by_label: random.chance(30),
        },
        10..12 => InOptions::DaysDue {
            row,
            days: random.chance(70).then(|| random.below(10) as u16),
        },
        12 => InOptions::DigestTime {
            hour: random.between(0, 23) as i8,
        },
        13 => InOptions::DigestWithoutJobs {
            on: random.chance(50),
        },
        14 => InOptions::Since {
            hours_ago: random.between(-4, 96),
        },
        15 => InOptions::Zone {
            zone: random.below(ZONES.len()),
        },
        _ => InOptions::Save,
    }
}

fn in_mapping(random: &mut Random) -> InMapping {
    match random.below(20) {
        0..9 => InMapping::Account(random.below(6)),
        9 => InMapping::NoSuchAccount,
        10..14 => InMapping::NoAccount,
        _ => InMapping::Excluded(random.chance(50)),
    }
}

fn in_autotask(random: &mut Random) -> InAutotask {
    let active = random.chance(60);
    match random.below(20) {
        0..4 => InAutotask::Queue {
            queue: random.below(4),
            active,
        },
        4..7 => InAutotask::Priority {
            priority: random.below(4),
            active,
        },
        7..11 => InAutotask::Account {
            account: random.below(6),
            active,
        },
        11 => InAutotask::Rights {
            query: random.chance(70),
            create: random.chance(50),
        },
        12 => InAutotask::Locked {
            locked: random.chance(50),
        },
        13 => InAutotask::Password {
            fits: random.chance(60),
        },
        14..18 => InAutotask::HideKeys,
        _ => InAutotask::ShowKeys,
    }
}

fn at_computer(random: &mut Random) -> AtComputer {
    match random.below(20) {
        0..6 => AtComputer::TestLogins,
        6..8 => AtComputer::Retry,
        8..11 => AtComputer::TestTicket {
            killed: random.chance(40).then(|| random.below(60) as u32),
        },
        11 => AtComputer::Pause(random.chance(50).then(|| random.between(1, 24 * 60) as u32)),
        12..14 => AtComputer::Resume,
        14..16 => AtComputer::StartAgain,
        16..18 => AtComputer::Passes {
            count: 2 + random.below(10) as u32,
            minutes: random.pick(&[1, 5, 6, 30, 25 * 60]),
        },
        _ => AtComputer::Reinstall,
    }
}
