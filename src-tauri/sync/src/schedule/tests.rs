//! The table of what is sent when, and what holds whatever the clock does.

use std::collections::BTreeSet;

use jiff::{SignedDuration, civil};
use proptest::prelude::*;

use super::*;

/// A line each: zone | what is set | what the clock does | what is sent under which date, and when.
///
/// What is set: `daily HH:MM`, `monthly DAY HH:MM` (`last` for the last day).
/// The clock, in local time of the zone that is set (`Z`: UTC): the first moment is that of switching
/// on; `> M` it runs until M, and the app with it; `! M` it is M at once (the computer slept or was
/// off, or somebody set the clock). `time HH:MM`, `day N`, `zone Z`, `off`, `on`: somebody changed
/// that, at the moment that it was.
/// Sent: the date, and the moment in UTC. `left` what was left out.
const TABLE: &str = include_str!("table.txt");

#[test]
fn what_is_sent_under_which_date() {
    let lines: Vec<&str> = TABLE
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
        .collect();
    assert!(lines.len() >= 60, "{} cases", lines.len());
    let mut wrong = Vec::new();
    for line in lines {
        let columns: Vec<&str> = line.split('|').map(str::trim).collect();
        let [zone, set, clock, expected] = columns[..] else {
            panic!("four columns: {line}");
        };
        let mut app = App::new(zone, set);
        app.follow(clock);
        let sent = app.sent.join(" ");
        if sent != expected {
            wrong.push(format!("{line}\n    sent: {sent}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Does what is due, as the app would.
struct App {
    schedule: Schedule,
    on: bool,
    now: Timestamp,
    record: Record,
    sent: Vec<String>,
}

impl App {
    fn new(zone: &str, set: &str) -> Self {
        let words: Vec<&str> = set.split_whitespace().collect();
        let (rhythm, time) = match words[..] {
            ["daily", time] => (Rhythm::Daily, time),
            ["monthly", day, time] => (Rhythm::Monthly { day: day_of(day) }, time),
            _ => panic!("{set}"),
        };
        Self {
            schedule: Schedule {
                rhythm,
                time: time_of_day::parse(time).unwrap(),
                zone: TimeZone::get(zone).unwrap(),
            },
            on: true,
            now: Timestamp::MIN,
            record: Record::default(),
            sent: Vec::new(),
        }
    }

    fn follow(&mut self, clock: &str) {
        let mut words = clock.split_whitespace();
        while let Some(word) = words.next() {
            match word {
                ">" => {
                    let until = self.moment(words.next().unwrap());
                    self.run_until(until);
                }
                "!" => {
                    self.now = self.moment(words.next().unwrap());
                    self.look();
                }
                "time" => {
                    self.schedule.time = time_of_day::parse(words.next().unwrap()).unwrap();
                    self.look();
                }
                "day" => {
                    let day = day_of(words.next().unwrap());
                    self.schedule.rhythm = Rhythm::Monthly { day };
                    self.look();
                }
                "zone" => {
                    self.schedule.zone = TimeZone::get(words.next().unwrap()).unwrap();
                    self.look();
                }
                "off" | "on" => {
                    self.on = word == "on";
                    self.look();
                }
                first => {
                    self.now = self.moment(first);
                    self.look();
                }
            }
        }
    }

    fn moment(&self, text: &str) -> Timestamp {
        if text.ends_with('Z') {
            return text.parse().unwrap();
        }
        let local: civil::DateTime = text.parse().unwrap();
        time_of_day::at(local.date(), local.time(), &self.schedule.zone)
    }

    /// Sleeps from one look to the next.
    fn run_until(&mut self, until: Timestamp) {
        while let Some(next) = self.look().filter(|next| *next <= until) {
            assert!(next > self.now, "looks again in the past");
            self.now = next;
        }
        self.now = until;
        self.look();
    }

    fn look(&mut self) -> Option<Timestamp> {
        let outlook = look(self.now, &self.record, self.on.then_some(&self.schedule));
        if let Some(Span { first, last }) = outlook.left_out {
            self.sent.push(format!("left {first}..{last}"));
        }
        for due in &outlook.due {
            let at = self.now.to_string();
            let at = at.strip_suffix(":00Z").unwrap_or(&at);
            self.sent.push(format!("{}@{at}", due.date));
            self.record = self.record.with(due.period, self.schedule.rhythm);
        }
        // One after the other comes to the same as all at once.
        let last = outlook.due.last().map(|due| due.period);
        assert!(last.is_none_or(|last| self.record.is_done(last)));
        self.record = outlook.record;
        outlook.look_again
    }
}

fn day_of(text: &str) -> u8 {
    if text == "last" {
        0
    } else {
        text.parse().unwrap()
    }
}

const ZONES: [&str; 6] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Africa/Cairo",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
];

/// A step of a history, as numbers that proptest can shrink.
#[derive(Debug, Clone)]
enum Step {
    /// The computer was on or off for so many minutes.
    Passes(i64),
    /// Somebody, or an empty battery, set the clock by so many minutes.
    Set(i64),
    Time(i8),
    Zone(usize),
    Off,
    On,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1_i64..3_000).prop_map(Step::Passes),
        1 => (3_000_i64..60_000).prop_map(Step::Passes),
        1 => (-60_000_i64..60_000).prop_map(Step::Set),
        1 => (-3_000_000_i64..3_000_000).prop_map(Step::Set),
        1 => (0_i8..24).prop_map(Step::Time),
        1 => (0..ZONES.len()).prop_map(Step::Zone),
        1 => Just(Step::Off),
        1 => Just(Step::On),
    ]
}

fn schedule(rhythm: Rhythm, hour: i8, zone: usize) -> Schedule {
    Schedule {
        rhythm,
        time: civil::time(hour, 30, 0, 0),
        zone: TimeZone::get(ZONES[zone]).unwrap(),
    }
}

fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

/// 2026-11-23 12:00 UTC.
fn begin() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn rhythm() -> impl Strategy<Value = Rhythm> {
    prop_oneof![
        Just(Rhythm::Daily),
        (0_u8..=31).prop_map(|day| Rhythm::Monthly { day }),
    ]
}

proptest! {
    /// Clocks, times, zones, switches, and a program that ends between any two: no date twice, none
    /// before its moment, oldest first.
    #[test]
    fn no_date_comes_twice_whatever_happens(
        rhythm in rhythm(),
        steps in proptest::collection::vec(step(), 1..60),
        ends_after in 0_usize..20,
    ) {
        let mut schedule = schedule(rhythm, 6, 0);
        let (mut now, mut on) = (begin(), true);
        let mut record = Record::default();
        let mut seen = BTreeSet::new();
        for step in steps {
            match step {
                Step::Passes(count) | Step::Set(count) => now += minutes(count),
                Step::Time(hour) => schedule.time = civil::time(hour, 30, 0, 0),
                Step::Zone(zone) => schedule.zone = TimeZone::get(ZONES[zone]).unwrap(),
                Step::Off => on = false,
                Step::On => on = true,
            }
            let outlook = look(now, &record, on.then_some(&schedule));
            prop_assert!(outlook.due.is_sorted_by(|a, b| a.period < b.period && a.date < b.date));
            prop_assert!(outlook.due.len() <= rhythm.bound() as usize);
            let ended = outlook.due.len() > ends_after;
            for due in outlook.due.iter().take(ends_after) {
                prop_assert!(seen.insert(due.period), "{} twice", due.period);
                prop_assert!(due.at <= now);
                record = record.with(due.period, rhythm);
            }
            if !ended {
                record = outlook.record;
            }
            if let Some(next) = outlook.look_again {
                prop_assert!(next > now);
            }
        }
    }

    /// However the computer sleeps and the program ends, as long as the clock only goes on: every
    /// period whose moment came after switching on is made or told, under its own date, in order.
    #[test]
    fn nothing_is_skipped_while_time_passes(
        rhythm in rhythm(),
        hour in 0_i8..24,
        zone in 0..ZONES.len(),
        naps in proptest::collection::vec(1_i64..40_000, 1..40),
        ends_after in 1_usize..20,
    ) {
        let schedule = schedule(rhythm, hour, zone);
        let mut now = begin();
        let mut record = look(now, &Record::default(), Some(&schedule)).record;
        let first = rhythm.step(schedule.newest_passed(now), 1);
        let mut told = Vec::new();
        for nap in naps {
            now += minutes(nap);
            loop {
                let outlook = look(now, &record, Some(&schedule));
                if let Some(Span { first, last }) = outlook.left_out {
                    let mut period = first;
                    while period <= last {
                        told.push(period);
                        period = rhythm.step(period, 1);
                    }
                }
                for due in outlook.due.iter().take(ends_after) {
                    told.push(due.period);
                    record = record.with(due.period, rhythm);
                }
                if outlook.due.len() <= ends_after {
                    record = outlook.record;
                    break;
                }
            }
        }
        let mut expected = Vec::new();
        let mut period = first;
        while schedule.moment(period) <= now {
            expected.push(period);
            period = rhythm.step(period, 1);
        }
        prop_assert_eq!(told, expected);
    }

    /// A record that went through the database is the same record.
    #[test]
    fn a_record_is_kept_as_it_was(days in proptest::collection::vec(0_i32..400, 0..40)) {
        let day = |count: i32| civil::date(2026, 1, 1).saturating_add(count.days());
        let record = days.iter().fold(Record::default(), |record, count| {
            record.with(day(*count), Rhythm::Daily)
        });
        let json = serde_json::to_string(&record).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Record>(&json).unwrap(), &record);
        for count in 0..400 {
            prop_assert_eq!(record.is_done(day(count)), days.contains(&count));
        }
    }
}

#[test]
fn years_of_days_in_a_row_are_one_span() {
    let schedule = schedule(Rhythm::Daily, 6, 1);
    let mut record = Record::default();
    let mut now = begin();
    for _ in 0..1_000 {
        record = look(now, &record, Some(&schedule)).record;
        now += SignedDuration::from_hours(24);
    }
    let json = serde_json::to_string(&record).unwrap();
    assert_eq!(json.matches("first").count(), 1, "{json}");
}
