//! On a clock that stands still unless somebody waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::FutureExt;
use futures::future::join_all;

use super::*;
use crate::{Class, EntityKind};

const TICKETS: Endpoint = Endpoint::Entity(EntityKind::Ticket);
const NOTES: Endpoint = Endpoint::Entity(EntityKind::TicketNote);

fn governor() -> Governor {
    Governor::default()
}

/// A governor that was told so many calls of all integrations.
fn used(calls: u32) -> Governor {
    let governor = governor();
    governor.observe(threshold(calls));
    governor
}

fn threshold(used: u32) -> Threshold {
    Threshold {
        limit: 10_000,
        timeframe_minutes: 60,
        used,
    }
}

/// One call of that length.
async fn call(governor: &Governor, priority: Priority, length: Duration) -> Result<(), Error> {
    let pass = governor.admit(TICKETS, Asks::Call(priority)).await?;
    tokio::time::sleep(length).await;
    pass.answered();
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn two_calls_to_an_endpoint_are_under_way_and_no_more() {
    let governor = governor();
    let (now, most) = (Arc::new(AtomicUsize::new(0)), AtomicUsize::new(0));
    let one = async || {
        let _pass = governor
            .admit(TICKETS, Asks::Call(Priority::Normal))
            .await
            .unwrap();
        let count = now.fetch_add(1, Ordering::Relaxed) + 1;
        most.fetch_max(count, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(200)).await;
        now.fetch_sub(1, Ordering::Relaxed);
    };
    let began = Instant::now();
    join_all((0..20).map(|_| one())).await;
    assert_eq!(most.load(Ordering::Relaxed), 2);
    assert_eq!(began.elapsed(), Duration::from_secs(2));

    // Another endpoint has places of its own.
    let _pass = governor.admit(TICKETS, Asks::Call(Priority::Low)).await;
    let _pass = governor.admit(TICKETS, Asks::Call(Priority::Low)).await;
    assert!(
        governor
            .admit(NOTES, Asks::Call(Priority::Low))
            .now_or_never()
            .is_some()
    );
    assert!(
        governor
            .admit(TICKETS, Asks::Usage)
            .now_or_never()
            .is_none()
    );
}

#[tokio::test(start_paused = true)]
async fn the_most_urgent_goes_first_and_whoever_gives_up_is_passed_over() {
    use Priority::{High, Interactive, Low, Normal, Urgent};
    let governor = governor();
    let first = governor.admit(TICKETS, Asks::Call(Low)).await.unwrap();
    let second = governor.admit(TICKETS, Asks::Call(Low)).await.unwrap();
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut waiting = Vec::new();
    for (number, priority) in [Low, Normal, High, Low, Urgent, Interactive, Urgent]
        .into_iter()
        .enumerate()
    {
        let (governor, order) = (governor.clone(), order.clone());
        waiting.push(tokio::spawn(async move {
            let _pass = governor.admit(TICKETS, Asks::Call(priority)).await.unwrap();
            order.lock().unwrap().push((priority, number));
            tokio::time::sleep(Duration::from_millis(10)).await;
        }));
        tokio::task::yield_now().await;
    }
    // The high one gives up while it waits.
    waiting[2].abort();
    tokio::task::yield_now().await;
    drop(first);
    join_all(waiting).await;
    drop(second);
    assert_eq!(
        *order.lock().unwrap(),
        [
            (Interactive, 5),
            (Urgent, 4),
            (Urgent, 6),
            (Normal, 1),
            (Low, 0),
            (Low, 3)
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn from_half_of_the_quota_on_calls_start_at_a_steady_pace() {
    let governor = used(4_995);
    let began = Instant::now();
    for _ in 0..5 {
        call(&governor, Priority::Urgent, Duration::ZERO)
            .await
            .unwrap();
    }
    assert_eq!(began.elapsed(), Duration::ZERO);
    for _ in 0..101 {
        call(&governor, Priority::Urgent, Duration::ZERO)
            .await
            .unwrap();
    }
    // 8,000 in an hour.
    assert_eq!(began.elapsed().as_millis(), 45_000);

    // Whoever a person waits for is not slowed.
    call(&governor, Priority::Interactive, Duration::ZERO)
        .await
        .unwrap();
    assert_eq!(began.elapsed().as_millis(), 45_000);
}

#[tokio::test(start_paused = true)]
async fn at_its_share_it_stops_the_least_urgent_first() {
    let table = [
        (7_199, Some(Priority::Low)),
        (7_200, Some(Priority::Normal)),
        (7_520, Some(Priority::High)),
        (7_760, Some(Priority::Urgent)),
        (8_000, Some(Priority::Interactive)),
        (9_900, None),
    ];
    let all = [
        Priority::Interactive,
        Priority::Urgent,
        Priority::High,
        Priority::Normal,
        Priority::Low,
    ];
    for (calls, lowest) in table {
        let governor = used(calls);
        for priority in all {
            let result = governor.admit(TICKETS, Asks::Call(priority)).await;
            let may = lowest.is_some_and(|lowest| priority <= lowest);
            assert_eq!(result.is_ok(), may, "{calls} {priority:?}");
            if let Err(error) = result {
                assert_eq!(error.code(), "held_back");
                assert!(matches!(
                    error.class(),
                    Class::Throttled {
                        retry_after: Some(_)
                    }
                ));
            }
            // Only one call at a time is looked at here.
            governor.observe(threshold(calls));
        }
        // Reading the count and logging in are always possible.
        assert!(governor.admit(TICKETS, Asks::Usage).await.is_ok());
    }
}

#[tokio::test(start_paused = true)]
async fn the_share_can_be_set_and_is_never_passed_in_any_hour() {
    let governor = governor();
    governor.set_share(60);
    let mut starts = Vec::new();
    let mut held_back = 0;
    while starts.len() < 10_000 {
        match call(&governor, Priority::Urgent, Duration::from_millis(150)).await {
            Ok(()) => starts.push(Instant::now()),
            Err(Error::HeldBack {
                share, retry_after, ..
            }) => {
                assert_eq!(share, 60);
                held_back += 1;
                tokio::time::sleep(retry_after).await;
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert!(held_back > 0);
    let hour = Duration::from_secs(3600);
    for (at, start) in starts.iter().enumerate() {
        let in_the_hour_before = starts[..=at]
            .iter()
            .rev()
            .take_while(|other| start.duration_since(**other) < hour)
            .count();
        assert!(in_the_hour_before <= 6_000, "{in_the_hour_before}");
    }
    // And what it may have it uses: 6,000 in the first hour, and as many in each that follows.
    assert!(starts[9_999].duration_since(starts[0]) < hour * 2);
}

#[tokio::test(start_paused = true)]
async fn others_calls_count_until_they_are_seen_to_have_passed() {
    let governor = used(8_500);
    let Err(Error::HeldBack { retry_after, .. }) =
        governor.admit(TICKETS, Asks::Call(Priority::Urgent)).await
    else {
        panic!("it is not held back");
    };
    // None of them are ours: the next look tells.
    assert_eq!(retry_after, Duration::from_secs(60));
    assert!(!governor.should_look());
    tokio::time::sleep(retry_after).await;
    assert!(governor.should_look());
    governor.observe(threshold(300));
    assert!(
        governor
            .admit(TICKETS, Asks::Call(Priority::Urgent))
            .await
            .is_ok()
    );
    assert_eq!(governor.used(), 301);
}

#[tokio::test(start_paused = true)]
async fn the_tenants_count_is_read_at_first_and_then_now_and_then() {
    let governor = governor();
    assert!(governor.should_look());
    // The reading is under way: nobody else is to read.
    assert!(!governor.should_look());
    governor.observe(threshold(1));
    for _ in 0..100 {
        assert!(!governor.should_look());
        call(&governor, Priority::Low, Duration::ZERO)
            .await
            .unwrap();
    }
    assert!(governor.should_look());
    governor.observe(threshold(101));
    tokio::time::sleep(Duration::from_secs(299)).await;
    assert!(!governor.should_look());
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(governor.should_look());

    let never = Governor::new(Limits {
        look_every: 0,
        ..Limits::default()
    });
    assert!(!never.should_look());
}

#[tokio::test(start_paused = true)]
async fn another_tenants_calls_are_forgotten() {
    let governor = governor();
    governor.serve("partner.example webservices5.autotask.net");
    governor.observe(threshold(9_000));
    governor.serve("partner.example webservices5.autotask.net");
    assert_eq!(governor.used(), 9_000);
    governor.serve("other.example webservices5.autotask.net");
    assert_eq!(governor.used(), 0);
    assert!(governor.should_look());
}

#[tokio::test(start_paused = true)]
async fn a_quota_that_is_said_to_be_used_up_is_looked_at_before_the_next_call() {
    let governor = used(10);
    assert!(!governor.should_look());
    governor.doubt();
    assert!(governor.should_look());
}

#[tokio::test(start_paused = true)]
async fn an_estimate_goes_by_how_long_calls_took() {
    let governor = used(0);
    for _ in 0..40 {
        call(&governor, Priority::Low, Duration::from_millis(866))
            .await
            .unwrap();
    }
    governor.observe(threshold(0));
    let estimate = governor.estimate(1_940, Priority::Low);
    assert_eq!(estimate.to_string(), "1,940 calls, about 14 minutes");
}
