use proptest::prelude::*;

use super::*;

fn zone() -> TimeZone {
    TimeZone::get("Europe/Berlin").unwrap()
}

fn read(text: &str) -> Result<String, &'static str> {
    parse(text, &zone(), DateOrder::Unknown, DayAlone::Refused).map(|moment| moment.to_string())
}

#[test]
fn every_form_is_the_same_moment() {
    for text in [
        "2026-11-23T13:05:06Z",
        "2026-11-23t13:05:06z",
        "2026-11-23T14:05:06+01:00",
        "2026-11-23 14:05:06+01:00",
        "2026-11-23 14:05:06 +0100",
        "2026-11-23 13:05:06 UTC",
        "2026-11-23T14:05:06",
        "2026-11-23 14:05:06",
        " 2026/11/23 14:05:06 ",
        "2026.11.23 14:05:06",
        "20261123140506",
        "20261123T140506",
        "23.11.2026 14:05:06",
        "23.11.2026, 14:05:06",
        "11/23/2026 2:05:06 PM",
        "11/23/2026, 02:05:06pm",
        "23/11/2026 14:05:06",
        "23/11/2026 2:05:06 p.m.",
        "23-11-2026 14:05:06",
        "23-Nov-2026 14:05:06",
        "23 November 2026 14:05:06",
        "Nov 23, 2026 2:05:06 PM",
        "November 23 2026 14:05:06",
        "Mon, 23 Nov 2026 14:05:06 +0100",
        "1795439106",
        "1795439106000",
    ] {
        assert_eq!(read(text).as_deref(), Ok("2026-11-23T13:05:06Z"), "{text}");
    }
}

#[test]
fn fractions_and_missing_seconds_are_read() {
    assert_eq!(
        read("2026-11-23 14:05:06.250").as_deref(),
        Ok("2026-11-23T13:05:06.25Z")
    );
    assert_eq!(
        read("23.11.2026 14:05:06,5").as_deref(),
        Ok("2026-11-23T13:05:06.5Z")
    );
    assert_eq!(
        read("23.11.2026 4:05").as_deref(),
        Ok("2026-11-23T03:05:00Z")
    );
    assert_eq!(
        read("11/23/2026 12:00 AM").as_deref(),
        Ok("2026-11-22T23:00:00Z")
    );
    assert_eq!(
        read("11/23/2026 12:00 PM").as_deref(),
        Ok("2026-11-23T11:00:00Z")
    );
}

#[test]
fn what_is_not_a_moment_is_refused() {
    for text in [
        "",
        "yesterday",
        "2026-11-23",
        "2026-13-01 10:00",
        "2026-02-30 10:00",
        "31.11.2026 10:00",
        "2026-11-23 25:00",
        "2026-11-23 24:00",
        "2026-11-23 10:60",
        "2026-11-23 10",
        "10:00",
        "11/23/26 10:00",
        "23.11.26 10:00",
        "2026-11-23 10:00 CET",
        "2026-11-23 10:00:00 +99:00",
        "2026-11-23 13:00 PM",
        "2026-11-23 10:00 10:00",
        "1899-01-01 10:00",
        "12345",
        "9999999999999",
        "2026-11-23 1:2:3:4",
        "-5",
        "+1795439106",
        "١٢/١١/٢٠٢٦ 10:00",
        "0000-00-00 00:00:00",
    ] {
        assert!(read(text).is_err(), "{text}: {:?}", read(text));
    }
}

#[test]
fn a_date_that_could_be_two_is_reported_unless_the_order_is_set() {
    let with = |text, order| {
        parse(text, &TimeZone::UTC, order, DayAlone::Refused).map(|at| at.to_string())
    };
    assert!(
        with("03/04/2026 10:00", DateOrder::Unknown)
            .unwrap_err()
            .contains("two dates")
    );
    assert!(with("03-04-2026 10:00", DateOrder::Unknown).is_err());
    let table = [
        (
            "03/04/2026 10:00",
            DateOrder::DayFirst,
            "2026-04-03T10:00:00Z",
        ),
        (
            "03/04/2026 10:00",
            DateOrder::MonthFirst,
            "2026-03-04T10:00:00Z",
        ),
        (
            "04/04/2026 10:00",
            DateOrder::Unknown,
            "2026-04-04T10:00:00Z",
        ),
        (
            "13/04/2026 10:00",
            DateOrder::MonthFirst,
            "2026-04-13T10:00:00Z",
        ),
        (
            "04/13/2026 10:00",
            DateOrder::DayFirst,
            "2026-04-13T10:00:00Z",
        ),
    ];
    for (text, order, expected) in table {
        assert_eq!(
            with(text, order).as_deref(),
            Ok(expected),
            "{text} {order:?}"
        );
    }
}

#[test]
fn a_skipped_hour_moves_on_and_a_repeated_one_is_the_first() {
    assert_eq!(
        read("2026-03-29 02:30:00").as_deref(),
        Ok("2026-03-29T01:30:00Z")
    );
    assert_eq!(
        read("2026-10-25 02:30:00").as_deref(),
        Ok("2026-10-25T00:30:00Z")
    );
}

#[test]
fn a_day_alone_begins_in_the_partners_zone_where_that_is_enough() {
    let day =
        |text| parse(text, &zone(), DateOrder::Unknown, DayAlone::Begins).map(|at| at.to_string());
    for text in ["2026-11-23", "23.11.2026", "11/23/2026", "23 Nov 2026"] {
        assert_eq!(day(text).as_deref(), Ok("2026-11-22T23:00:00Z"), "{text}");
    }
    assert_eq!(read("2026-11-23"), Err("has no time of day"));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        let _ = read(&text);
    }

    #[test]
    fn near_misses_are_read_or_refused(text in "[0-9TZ:./ ,+apmPMNové-]{0,30}") {
        let _ = read(&text);
    }

    #[test]
    fn a_moment_written_in_rfc_3339_comes_back(second in 700_000_000i64..7_000_000_000, nanosecond in 0i32..1_000_000_000) {
        let moment = Timestamp::new(second, nanosecond).unwrap();
        prop_assert_eq!(parse(&moment.to_string(), &zone(), DateOrder::Unknown, DayAlone::Refused), Ok(moment));
    }

    #[test]
    fn a_local_time_comes_back_except_where_the_clocks_change(second in 700_000_000i64..4_000_000_000) {
        let moment = Timestamp::from_second(second).unwrap();
        let local = moment.to_zoned_datetime(zone()).datetime();
        let text = local.strftime("%d.%m.%Y %H:%M:%S").to_string();
        let found = parse(&text, &zone(), DateOrder::Unknown, DayAlone::Refused).unwrap();
        let apart = (found.as_second() - second).abs();
        prop_assert!(apart == 0 || (apart == 3600 && zone().to_ambiguous_timestamp(local).is_ambiguous()));
    }
}
