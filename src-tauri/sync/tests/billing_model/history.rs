//! What happens to a partner, from a seed.

use std::time::Duration;

use simulator::{PostedPeriods, What, When};
use sync::settings::{Api, Approval};

/// Customers, each with a service of its own.
pub const ORGANIZATIONS: usize = 3;

#[derive(Debug, Clone)]
pub struct History {
    pub seed: u64,
    pub start: Start,
    pub steps: Vec<Step>,
}

/// How Autotask behaves where the vendor does not say, and how it is called.
#[derive(Debug, Clone, Copy)]
pub struct Start {
    pub api: Api,
    pub same_day_refused: bool,
    pub proration: bool,
    pub posted_periods: PostedPeriods,
    pub two_computers: bool,
    pub approval: Approval,
}

#[derive(Debug, Clone, Copy)]
pub enum Step {
    Wait(i64),
    Measured {
        organization: usize,
        gigabytes: u64,
    },
    ByHand {
        organization: usize,
        gigabytes: u64,
    },
    Unmap(usize),
    MapToItsOwn(usize),
    /// To the service of the next one.
    MapToAnothers(usize),
    Exclude(usize),
    SetApproval(Approval),
    SetBlock(u32),
    Pass {
        other: bool,
    },
    /// The program is ended after so many calls.
    PassKilled {
        other: bool,
        after: u64,
    },
    PostAll,
    PostOne(usize),
    /// From the next day where it is offered.
    PostNextDay(usize),
    PostKilled {
        after: u64,
    },
    ReadBack,
    /// The newest line that changed units, in review or verified.
    Correct(usize),
    /// What was corrected last.
    PostAnew {
        organization: usize,
        next_day: bool,
    },
    /// The oldest line that waits or needs review is left as it stands.
    Settle(usize),
    Fault(Where, When, What),
    NoFaults,
    ByAPerson {
        organization: usize,
        change: i64,
        /// Of next month.
        day: i8,
    },
    ApproveAndPost(usize),
    TakeBackPosting(usize),
    SetActive {
        organization: usize,
        active: bool,
    },
    /// The contract ends with the month, or so many later.
    EndContract {
        organization: usize,
        months: i32,
    },
    /// It runs as long as it did at first.
    RunOn(usize),
    /// The contract ends with the month, and another takes its place.
    Renew(usize),
    /// The organization goes to the contract that took the place of its own.
    Follow(usize),
    TakeOffContract(usize),
}

impl Step {
    /// It changes which services and billing periods there are.
    pub fn changes_contracts(self) -> bool {
        matches!(
            self,
            Step::EndContract { .. } | Step::RunOn(_) | Step::Renew(_) | Step::TakeOffContract(_)
        )
    }
}

#[derive(Debug, Clone, Copy)]
pub enum Where {
    Adjustments,
    Units,
    Contracts,
    Everything,
    Portal,
}

impl Where {
    pub fn on(self) -> Option<&'static str> {
        match self {
            Where::Adjustments => Some("ContractServiceAdjustments/create"),
            Where::Units => Some("ContractServiceUnits/query"),
            Where::Contracts => Some("Contracts/query"),
            Where::Everything | Where::Portal => None,
        }
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn index(&mut self, end: usize) -> usize {
        usize::try_from(self.below(end as u64)).unwrap()
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.index(all.len())]
    }
}

const APPROVALS: [Approval; 4] = [
    Approval::PostByItself,
    Approval::PostByItself,
    Approval::HoldAlways,
    Approval::WhenChangedByMoreThan,
];

impl History {
    pub fn new(seed: u64) -> Self {
        let mut random = Random(seed ^ 0x5eed_b111);
        let start = Start {
            api: random.of(&[Api::Rest, Api::Soap]),
            same_day_refused: random.chance(60),
            proration: random.chance(80),
            posted_periods: random.of(&[
                PostedPeriods::Changed,
                PostedPeriods::Kept,
                PostedPeriods::Refused,
            ]),
            two_computers: random.chance(35),
            approval: random.of(&APPROVALS),
        };
        let length = 12 + random.index(20);
        let mut steps = Vec::new();
        while steps.len() < length {
            if random.chance(12) {
                trouble(&mut random, &mut steps);
            } else if random.chance(6) {
                taken_back(&mut random, &mut steps);
            } else if random.chance(2) {
                renewed(&mut random, &mut steps);
            } else {
                steps.push(step(&mut random, start.two_computers));
            }
        }
        Self { seed, start, steps }
    }
}

/// A month goes by, something is posted while a fault lasts, and soon after it is looked at again.
fn trouble(random: &mut Random, steps: &mut Vec<Step>) {
    let organization = random.index(ORGANIZATIONS);
    let gigabytes = random.below(3_000);
    steps.push(Step::Wait(random.of(&[1, 10_080, 43_200])));
    steps.push(Step::ByHand {
        organization,
        gigabytes,
    });
    steps.push(fault(random));
    let posts = |random: &mut Random| {
        if random.chance(50) {
            Step::PostAll
        } else {
            Step::Pass { other: false }
        }
    };
    steps.push(posts(random));
    if random.chance(50) {
        steps.push(Step::NoFaults);
    }
    for _ in 0..random.below(3) {
        if random.chance(60) {
            steps.push(Step::Wait(random.of(&[1, 1, 3, 6])));
        }
        steps.push(posts(random));
    }
}

/// Something is posted, taken back, and posted anew, perhaps with a better figure, and on another day.
fn taken_back(random: &mut Random, steps: &mut Vec<Step>) {
    let organization = random.index(ORGANIZATIONS);
    let by_hand = |random: &mut Random| Step::ByHand {
        organization,
        gigabytes: random.below(3_000),
    };
    steps.push(Step::Wait(random.of(&[1, 10_080, 43_200])));
    steps.push(by_hand(random));
    steps.push(Step::PostAll);
    if random.chance(30) {
        steps.push(fault(random));
    }
    for _ in 0..=random.below(2) {
        steps.push(Step::Correct(organization));
        if random.chance(50) {
            steps.push(by_hand(random));
        }
        if random.chance(30) {
            steps.push(Step::NoFaults);
        }
        for next_day in [false, true] {
            steps.push(Step::PostAnew {
                organization,
                next_day,
            });
            steps.push(Step::Wait(random.of(&[1, 6, 60])));
        }
    }
}

/// A contract is renewed, and followed while its last invoice date is posted.
fn renewed(random: &mut Random, steps: &mut Vec<Step>) {
    let organization = random.index(ORGANIZATIONS);
    steps.push(Step::Wait(random.of(&[1, 10_080, 43_200])));
    steps.push(Step::Renew(organization));
    for _ in 0..=random.below(2) {
        steps.push(Step::ByHand {
            organization,
            gigabytes: random.below(3_000),
        });
        if random.chance(20) {
            steps.push(fault(random));
        }
        steps.push(random.of(&[
            Step::PostAll,
            Step::Pass { other: false },
            Step::Wait(20_000),
        ]));
        steps.push(Step::Follow(organization));
    }
    steps.push(Step::PostAll);
    if random.chance(40) {
        steps.push(Step::Correct(organization));
    }
}

fn step(random: &mut Random, two: bool) -> Step {
    let organization = random.index(ORGANIZATIONS);
    let gigabytes = [
        0,
        1,
        random.below(50),
        random.below(5_000),
        random.below(100_000),
    ];
    let gigabytes = random.of(&gigabytes);
    let other = two && random.chance(50);
    match random.below(114) {
        0..24 => {
            Step::Wait(random.of(&[1, 1, 3, 6, 20, 60, 600, 1_440, 2_880, 4_320, 7_200, 10_080]))
        }
        24..32 => Step::Measured {
            organization,
            gigabytes,
        },
        32..36 => Step::ByHand {
            organization,
            gigabytes,
        },
        36 => Step::Unmap(organization),
        37..40 => Step::MapToItsOwn(organization),
        40 => Step::MapToAnothers(organization),
        41 => Step::Exclude(organization),
        42..45 => Step::SetApproval(random.of(&APPROVALS)),
        45..47 => Step::SetBlock(random.of(&[1, 1, 10, 25])),
        47..58 => Step::Pass { other },
        58..63 => Step::PassKilled {
            other,
            after: random.below(24),
        },
        63..67 => Step::PostAll,
        67..69 => Step::PostOne(organization),
        69 => Step::PostNextDay(organization),
        70..73 => Step::PostKilled {
            after: 8 + random.below(20),
        },
        73..75 => Step::ReadBack,
        75..79 => Step::Correct(organization),
        79..90 => fault(random),
        90..93 => Step::NoFaults,
        93..95 => Step::ByAPerson {
            organization,
            change: i64::try_from(random.below(9)).unwrap() - 4,
            day: random.of(&[1, 1, 15]),
        },
        95 => Step::ApproveAndPost(organization),
        96..98 => Step::TakeBackPosting(organization),
        98..102 => Step::PostAnew {
            organization,
            next_day: random.chance(50),
        },
        102..104 => Step::Settle(organization),
        104..106 => Step::PostNextDay(organization),
        106..108 => Step::SetActive {
            organization,
            active: random.chance(60),
        },
        108..110 => Step::EndContract {
            organization,
            months: random.of(&[-1, 0, 0, 1, 2]),
        },
        110 => Step::RunOn(organization),
        111 => Step::Renew(organization),
        112 => Step::Follow(organization),
        _ => Step::TakeOffContract(organization),
    }
}

fn fault(random: &mut Random) -> Step {
    let place = random.of(&[
        Where::Adjustments,
        Where::Adjustments,
        Where::Adjustments,
        Where::Adjustments,
        Where::Units,
        Where::Contracts,
        Where::Everything,
        Where::Portal,
    ]);
    let when = random.of(&[
        When::Once,
        When::Once,
        When::EveryNth(2),
        When::EveryNth(3),
        When::Probability(0.3),
        When::Always,
    ]);
    let late = Duration::from_secs(random.below(280));
    let what = random.of(&[
        What::DropAfter,
        What::DropAfter,
        What::DropAfter,
        What::DropLate(late),
        What::DropLate(late),
        What::DropLate(late),
        What::DropBefore,
        What::Truncate,
        What::HtmlPage,
        What::Status(500),
        What::Status(502),
        What::Status(503),
        What::Status(404),
        What::Delay(Duration::from_millis(3)),
        What::ThreadLimit,
        What::QuotaUsedUp,
        What::LoginRevoked,
        What::UserLocked,
    ]);
    Step::Fault(place, when, what)
}
