//! Pauses as they are kept.

use crate::{
    examples::{at, noon, store},
    pause::Length,
    settings::General,
};

#[test]
fn a_pause_holds_until_its_time_or_until_it_is_ended() {
    let (_folder, store) = store();
    let until = |now| store.paused(now).unwrap().map(|pause| pause.until);
    assert_eq!(until(noon()), None);
    store.pause(Length::HOUR, noon()).unwrap();
    let one = at("2026-11-23T13:00:00Z");
    assert_eq!(until(noon()), Some(Some(one)));
    assert_eq!(until(one), None);
    store.pause(Length::UntilResumed, noon()).unwrap();
    assert_eq!(until(at("2030-01-01T00:00:00Z")), Some(None));
    store.resume().unwrap();
    assert_eq!(until(noon()), None);
}

#[test]
fn a_pause_that_is_over_is_not_brought_back_by_a_clock_that_is_set_back() {
    let (_folder, store) = store();
    store.pause(Length::HOUR, noon()).unwrap();
    assert!(!store.end_pause(noon()).unwrap());
    assert!(store.end_pause(at("2026-11-23T13:00:00Z")).unwrap());
    assert!(!store.end_pause(at("2026-11-23T13:00:01Z")).unwrap());
    assert_eq!(store.paused(at("2026-11-01T00:00:00Z")).unwrap(), None);
}

#[test]
fn a_pause_that_was_made_by_a_clock_far_ahead_ends_after_its_length_by_the_right_one() {
    let (_folder, store) = store();
    store
        .pause(Length::HOUR, at("2036-01-01T00:00:00Z"))
        .unwrap();
    assert!(!store.end_pause(noon()).unwrap());
    assert!(!store.end_pause(at("2026-11-23T12:30:00Z")).unwrap());
    let pause = store.paused(at("2026-11-23T12:30:00Z")).unwrap().unwrap();
    assert_eq!(pause.until, Some(at("2026-11-23T13:00:00Z")));
    assert!(store.end_pause(at("2026-11-23T13:00:00Z")).unwrap());
}

#[test]
fn until_tomorrow_is_by_the_partners_clocks() {
    let (_folder, store) = store();
    let general = General {
        time_zone: "Asia/Tokyo".to_owned(),
        ..General::default()
    };
    store.save_general(&general).unwrap();
    let pause = store.pause(Length::UntilTomorrow, noon()).unwrap();
    assert_eq!(pause.until, Some(at("2026-11-23T15:00:00Z")));
}
