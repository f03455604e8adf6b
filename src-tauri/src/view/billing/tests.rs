use cloud_direct::OrganizationState;
use jiff::civil::date;
use sync::billing::{Blocked, Line, Money, Record, State};
use sync::settings;

use super::*;
use crate::view::ErrorCode;

fn line() -> Line {
    let price = Money::from_number(0.12);
    Line {
        organization_id: "org-0001".to_owned(),
        organization: "Contoso".to_owned(),
        organization_state: OrganizationState::Active,
        place: None,
        figure: None,
        sum: None,
        effective: Some(date(2026, 12, 1)),
        period: None,
        units_now: Some(380),
        units_to_be: Some(424),
        change: Some(44),
        unit_price: price,
        worth: price.map(|price| price.times(44)),
        blocked: None,
        hold: None,
        record: None,
    }
}

fn record(state: State) -> Record {
    Record {
        id: 7,
        state,
        state_text: state.label().to_owned(),
        posted_at: None,
        before: Some(380),
        can_correct: false,
        approved: None,
        read_units: None,
        read_at: None,
        code: None,
        message: None,
        next_day: None,
        correction: None,
    }
}

type Change = fn(&mut Line);

#[test]
fn a_line_is_under_one_filter_with_its_state_and_whether_it_can_be_posted() {
    use BillingGroup as Group;
    use BillingState as Is;
    let cases: [(Change, Group, Is, bool); 18] = [
        (|_| {}, Group::ToPost, Is::ToPost, true),
        (
            |line| line.hold = Some("more than 20 %".to_owned()),
            Group::ToPost,
            Is::Held,
            true,
        ),
        (
            |line| line.blocked = Some(Blocked::NotMapped),
            Group::Blocked,
            Is::Blocked,
            false,
        ),
        (
            |line| line.change = Some(0),
            Group::Done,
            Is::AsItShouldBe,
            false,
        ),
        (
            |line| line.record = Some(record(State::Held)),
            Group::ToPost,
            Is::Held,
            true,
        ),
        (
            |line| {
                line.record = Some(record(State::Held));
                line.blocked = Some(Blocked::UnderWay);
            },
            Group::Blocked,
            Is::Blocked,
            false,
        ),
        (
            |line| line.record = Some(record(State::Planned)),
            Group::ToPost,
            Is::ToPost,
            true,
        ),
        (
            |line| line.record = Some(record(State::Sending)),
            Group::ToPost,
            Is::Sending,
            false,
        ),
        (
            |line| line.record = Some(record(State::Posted)),
            Group::ToPost,
            Is::Posted,
            false,
        ),
        (
            |line| line.record = Some(record(State::Unclear)),
            Group::ToPost,
            Is::Unclear,
            false,
        ),
        (
            |line| line.record = Some(record(State::Verified)),
            Group::Done,
            Is::Verified,
            false,
        ),
        (
            |line| line.record = Some(record(State::NeedsReview)),
            Group::NeedsReview,
            Is::NeedsReview,
            false,
        ),
        (
            |line| line.record = Some(record(State::Settled)),
            Group::Done,
            Is::Settled,
            true,
        ),
        (
            |line| line.record = Some(record(State::Corrected)),
            Group::Done,
            Is::Corrected,
            true,
        ),
        (
            |line| line.record = Some(record(State::Withdrawn)),
            Group::ToPost,
            Is::Withdrawn,
            true,
        ),
        (
            |line| {
                line.record = Some(record(State::Withdrawn));
                line.blocked = Some(Blocked::NoService);
            },
            Group::Blocked,
            Is::Withdrawn,
            false,
        ),
        (
            |line| {
                line.record = Some(record(State::Withdrawn));
                line.blocked = Some(Blocked::PeriodSet {
                    invoice_date: date(2026, 10, 31),
                    effective: date(2026, 12, 1),
                    changed_units: true,
                });
            },
            Group::Done,
            Is::Withdrawn,
            false,
        ),
        (
            |line| {
                let mut verified = record(State::Verified);
                verified.correction = Some(Box::new(record(State::NeedsReview)));
                line.record = Some(verified);
            },
            Group::NeedsReview,
            Is::Verified,
            false,
        ),
    ];
    for (number, (change, group, state, can_post)) in cases.into_iter().enumerate() {
        let mut line = line();
        change(&mut line);
        let shown = BillingLine::from(line);
        assert_eq!(
            (shown.group, shown.state, shown.can_post),
            (group, state, can_post),
            "case {number}"
        );
    }
}

#[test]
fn money_crosses_as_it_was_computed() {
    let shown = BillingLine::from(line());
    assert_eq!(shown.unit_price.as_deref(), Some("0.12"));
    assert_eq!(shown.worth.as_deref(), Some("5.28"));
}

#[test]
fn what_was_verified_and_is_otherwise_now_says_so() {
    let mut changed = line();
    changed.record = Some(record(State::Verified));
    changed.units_now = Some(430);
    let why = BillingLine::from(changed).why.unwrap();
    assert!(why.contains("430 units stand"), "{why}");

    let mut stands = line();
    stands.record = Some(record(State::Verified));
    stands.units_now = Some(424);
    assert_eq!(BillingLine::from(stands).why, None);
}

#[test]
fn what_waits_or_needs_review_can_be_left_as_it_stands_and_so_can_its_correction() {
    let can = |state| BillingRecord::from(record(state)).can_settle;
    let possible: Vec<State> = State::ALL.into_iter().filter(|state| can(*state)).collect();
    assert_eq!(possible, [State::Held, State::Planned, State::NeedsReview]);
    let mut corrected = record(State::Verified);
    corrected.can_correct = true;
    corrected.correction = Some(Box::new(record(State::Planned)));
    let shown = BillingRecord::from(corrected);
    let correction = shown.correction.unwrap();
    assert!(shown.can_correct && !correction.can_correct && correction.can_settle);

    let can = |blocked: Option<Blocked>| {
        let mut planned = line();
        planned.record = Some(record(State::Planned));
        planned.blocked = blocked;
        BillingLine::from(planned).record.unwrap().can_settle
    };
    assert!(can(Some(Blocked::UnderWay)) && !can(None));
}

#[test]
fn what_needs_review_is_tried_again_unless_it_is_blocked_and_says_so() {
    let mut review = line();
    review.record = Some(record(State::NeedsReview));
    assert!(BillingLine::from(review.clone()).can_retry);
    review.blocked = Some(Blocked::UnderWay);
    let shown = BillingLine::from(review);
    assert!(!shown.can_retry && !shown.can_post);
    let why = shown.why.unwrap();
    assert!(why.starts_with("It cannot be posted again now."), "{why}");
}

#[test]
fn what_blocks_a_line_leads_to_where_it_is_put_right() {
    let cases = [
        (Blocked::NotMapped, Some(BillingRemedy::Mappings)),
        (
            Blocked::ServiceGone { service: 1 },
            Some(BillingRemedy::Mappings),
        ),
        (Blocked::ExpiredLeft, Some(BillingRemedy::Options)),
        (
            Blocked::NoMeasurement {
                metric: "usage".to_owned(),
            },
            Some(BillingRemedy::Figure),
        ),
        (
            Blocked::ContractEnded {
                end: date(2026, 11, 30),
                renewed: Some(9),
            },
            Some(BillingRemedy::Follow),
        ),
        (
            Blocked::ContractEnded {
                end: date(2026, 11, 30),
                renewed: None,
            },
            Some(BillingRemedy::Mappings),
        ),
        (Blocked::UnderWay, None),
    ];
    for (blocked, remedy) in cases {
        let mut line = line();
        line.blocked = Some(blocked.clone());
        let shown = BillingLine::from(line);
        assert_eq!(shown.remedy, remedy, "{blocked}");
        assert_eq!(shown.why, Some(blocked.to_string()));
    }
}

fn example(change: fn(&mut Billing)) -> Result<BillingExample, crate::view::CommandError> {
    let mut billing = Billing::from(&settings::Billing::default());
    change(&mut billing);
    let input = ExampleInput {
        billing,
        time_zone: "Europe/Berlin".to_owned(),
    };
    input.example(
        &settings::Billing::default(),
        "2026-11-15T12:00:00Z".parse().unwrap(),
    )
}

#[test]
fn the_example_of_options_goes_by_what_stands_on_the_screen() {
    let usual = example(|_| {}).unwrap();
    assert_eq!(usual.invoice_date, "2026-11-30");
    assert_eq!(usual.period.start, "2026-12-01");
    assert_eq!(usual.steps.last().unwrap().value, "524");

    let other = example(|billing| {
        billing.invoice_day = 15;
        billing.effective = Effective::Closes;
        billing.included = 100;
        billing.block = 50;
        billing.unit = BillingUnit::Gib;
    })
    .unwrap();
    assert_eq!(other.invoice_date, "2026-12-15");
    assert_eq!(
        (other.period.start.as_str(), other.period.end.as_str()),
        ("2026-11-01", "2026-11-30")
    );
    assert_eq!(other.steps.last().unwrap().value, "400");

    let wrong = example(|billing| billing.block = 0).unwrap_err();
    assert_eq!(wrong.code, ErrorCode::InvalidInput);
    assert_eq!(wrong.field.as_deref(), Some("billing.block"));
}
