//! The program is killed (SIGKILL: it cannot finish anything) again and again while it works, and
//! started again each time: no ticket is lost, none is there twice.
//!
//! The moments are random, within what an uninterrupted run over as much work takes: three in ten lie
//! before its first ticket can have been sent, the others after its first call to Autotask. A run that
//! was faster than its kill corrects that, because the computer may have been busy meanwhile. Jobs keep
//! finishing, so that each kill meets as much work as the first. Every few creates the connection is
//! cut after the tickets were made. The Daily Digests of a day are among the work. The seed is printed;
//! `KILL_SEED` sets it.
//!
//! A posting that was under way at the kill rests before it is looked up. That is one second here
//! (`--settle`): the simulator applies a write as soon as its request has been read.

use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, Hasher as _};
use std::time::{Duration, Instant};

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use simulator::{JobKind, NewJob, Service, What, When};
use sync::activity;
use sync::clock::{Clock as _, SystemClock};
use sync::outbox::State;
use sync::store::{PostingFilter, Store};

use super::services::{Api, Services, Source, ZONE};
use super::{App, Running, tickets};

const CUSTOMERS: usize = 60;
const ALL: &[&str] = &["success", "warning", "error"];
const SYNC: &[&str] = &["sync", "--once", "--settle", "1", "--json"];
/// A kill that comes again and again makes a posting wait longer each time.
const LONGEST_END: Duration = Duration::from_secs(15 * 60);

/// How much is done to the program.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    pub api: Api,
    pub kills: usize,
    /// So many at most, until they have been everywhere.
    most_kills: usize,
    /// Tickets that wait when it is started.
    backlog: usize,
    /// What a create takes.
    answer_after: Duration,
    /// Of so many creates one loses its connection after the tickets were made.
    cut_every: u32,
}

impl Load {
    pub fn of(api: Api, kills: usize) -> Load {
        match api {
            // One call for each ticket.
            Api::Rest => Load {
                api,
                kills,
                most_kills: kills,
                backlog: 150,
                answer_after: Duration::from_millis(5),
                cut_every: 30,
            },
            // 200 tickets a call, in portions of 400.
            Api::Soap => Load {
                api,
                kills,
                most_kills: kills,
                backlog: 500,
                answer_after: Duration::from_millis(100),
                cut_every: 4,
            },
        }
    }

    /// More kills, where so many have not been everywhere.
    pub fn until_everywhere(self) -> Load {
        Load {
            most_kills: self.kills * 4,
            ..self
        }
    }
}

/// Where the kills fell, and what came of them.
#[derive(Debug, Default)]
pub struct Kills {
    pub by_stage: BTreeMap<Stage, usize>,
    /// Autotask had more tickets after them than before.
    pub that_left_new_tickets: usize,
    /// Tickets had just been sent, or were about to be, and no answer was recorded any more.
    pub while_under_way: usize,
    /// Connections that were cut after the tickets were made.
    pub connections_cut: usize,
    /// Runs that were faster than their kill.
    pub ended_by_themselves: usize,
    pub tickets: usize,
    pub digests: usize,
}

impl Kills {
    /// Otherwise nothing was tried.
    pub fn were_everywhere(&self) -> bool {
        let hit = |stage| self.by_stage.contains_key(&stage);
        Stage::ALL.into_iter().all(hit)
            && self.that_left_new_tickets >= 5
            && self.while_under_way >= 2
            && self.connections_cut >= 1
    }
}

/// How far a run had come, by the last that the services had heard of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    Start,
    Intake,
    LookUp,
    Sending,
}

impl Stage {
    pub const ALL: [Stage; 4] = [Stage::Start, Stage::Intake, Stage::LookUp, Stage::Sending];

    fn of(services: &Services) -> Stage {
        let autotask = services.calls(Service::Autotask);
        if autotask.iter().any(|call| call.operation == "create") {
            Stage::Sending
        } else if !autotask.is_empty() {
            Stage::LookUp
        } else if !services.calls(Service::CloudDirect).is_empty() {
            Stage::Intake
        } else {
            Stage::Start
        }
    }
}

/// When an uninterrupted run comes to each stage.
#[derive(Debug)]
struct Course {
    look_up: Duration,
    sending: Duration,
    end: Duration,
}

impl Course {
    fn without_delays_of(&self, other: &Course) -> Course {
        Course {
            look_up: self.look_up.min(other.look_up),
            sending: self.sending.min(other.sending),
            end: self.end.min(other.end),
        }
    }
}

/// A run of the program, and when it came to each stage.
struct Run {
    sync: Running,
    begun: Instant,
    look_up: Option<Duration>,
    sending: Option<Duration>,
    end: Option<Duration>,
}

impl Run {
    fn start(app: &App) -> Run {
        let begun = Instant::now();
        Run {
            sync: Running::silent(app.command(SYNC)),
            begun,
            look_up: None,
            sending: None,
            end: None,
        }
    }

    /// Looks on until the condition holds or the run has ended.
    fn look_on(&mut self, services: &Services, until: impl Fn(&Run) -> bool) {
        loop {
            let now = self.begun.elapsed();
            if self.sync.has_ended() {
                self.end.get_or_insert(now);
            }
            // Not for longer, because all calls are gone through.
            if self.sending.is_none() {
                let stage = Stage::of(services);
                if stage >= Stage::LookUp {
                    self.look_up.get_or_insert(now);
                }
                if stage >= Stage::Sending {
                    self.sending.get_or_insert(now);
                }
            }
            if self.end.is_some() || until(self) {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Of a run that has ended by itself.
    fn course(&self) -> Course {
        let end = self.end.unwrap_or_else(|| self.begun.elapsed());
        Course {
            look_up: self.look_up.unwrap_or(end),
            sending: self.sending.unwrap_or(end),
            end,
        }
    }
}

/// Kills, starts again, and holds what stands in Autotask at the end against what ought to.
pub fn kill_and_start_again(load: Load) -> Kills {
    let mut random = Random::new();
    println!("{load:?}, KILL_SEED={}", random.seed);
    let mut course = World::new(load).uninterrupted();
    println!("uninterrupted: {course:?}");
    let begun = Instant::now();

    let mut world = World::new(load);
    world.cut_connections();
    let mut kills = Kills::default();
    let mut killed = 0;
    while killed < load.kills || (killed < load.most_kills && !kills.were_everywhere()) {
        world.top_up();
        let mut run = Run::start(&world.app);
        let longest = match random.below(10) {
            0 => course.look_up,
            1 | 2 => course.sending,
            _ => {
                let calls = |run: &Run| run.look_up.is_some();
                run.look_on(&world.services, calls);
                course.end - course.look_up
            }
        };
        let moment = Instant::now() + longest.mul_f64(random.share());
        let comes = |_: &Run| Instant::now() >= moment;
        run.look_on(&world.services, comes);
        let stage = Stage::of(&world.services);
        let status = run.sync.kill();
        let (made, cut) = world.take_notes();
        kills.connections_cut += cut;
        if let Some(code) = status.code() {
            // It was faster. What rests is no failure.
            assert!(code <= 1, "{code}");
            kills.ended_by_themselves += 1;
            let faster = kills.ended_by_themselves;
            assert!(faster < load.kills, "it is killed too late: {kills:#?}");
            course = course.without_delays_of(&run.course());
            continue;
        }
        killed += 1;
        *kills.by_stage.entry(stage).or_default() += 1;
        kills.that_left_new_tickets += usize::from(made > 0);
        kills.while_under_way += usize::from(stage == Stage::Sending && under_way(&world.app));
    }
    println!("{killed} kills in {:.0?}", begun.elapsed());
    world.come_to_an_end();
    println!("at the end of all work after {:.0?}", begun.elapsed());
    (kills.tickets, kills.digests) = world.assert_each_once();
    println!("{kills:#?}");
    kills
}

/// Both services, and the app with all its customers mapped.
struct World {
    load: Load,
    services: Services,
    app: App,
    /// Yesterday's, when it began.
    first_digest: Date,
    jobs: usize,
    made: usize,
    /// When the first job ended, and how long after each other the jobs end: they lie in the past,
    /// and apart, so that a question that goes back an hour is answered with a few pages.
    first_job: Timestamp,
    apart: SignedDuration,
}

impl World {
    fn new(load: Load) -> World {
        let_midnight_pass();
        let services = Services::with_jobs(CUSTOMERS, 0);
        let app = App::new();
        // The digest's time is to come, and then it has passed: a day's digests are due.
        let settings = |time| services.settings_with_digests(load.api, Source::Portal, ALL, time);
        app.configure(&settings("23:59")).ended_with(0);
        app.run(&["test"]).ended_with(0);
        app.run(SYNC).ended_with(0);
        app.configure(&settings("00:00")).ended_with(0);
        let jobs = i32::try_from((load.most_kills + 1) * load.backlog).unwrap();
        let mut world = World {
            load,
            first_digest: today().yesterday().unwrap(),
            jobs: 0,
            made: 0,
            first_job: services.since() + SignedDuration::from_hours(24),
            apart: SignedDuration::from_hours(20 * 24) / jobs,
            services,
            app,
        };
        world.delay_answers();
        world.top_up();
        world
    }

    /// Between what a service does and its answer lies a network.
    fn delay_answers(&self) {
        let far = Duration::from_millis(50);
        for (service, on, delay) in [
            (Service::CloudDirect, "jobs", far),
            (Service::Autotask, "Tickets/query", far),
            (Service::Autotask, "Tickets/create", self.load.answer_after),
        ] {
            self.services
                .fault(service, Some(on), When::Always, What::Delay(delay));
        }
    }

    fn cut_connections(&self) {
        self.services.simulator.faults().clear();
        let every = When::EveryNth(self.load.cut_every);
        // The first fault that fits is the one that is applied.
        self.services.fault(
            Service::Autotask,
            Some("Tickets/create"),
            every,
            What::DropAfter,
        );
        self.delay_answers();
    }

    /// Lets jobs finish until there is as much to do as at the beginning, and forgets the calls: from
    /// half of the hour's quota on the program would take its time.
    fn top_up(&mut self) {
        let words = ["finished", "failed", "canceled", "success"];
        let portal = self.services.simulator.cloud_direct();
        while self.jobs < self.made + self.load.backlog {
            let number = self.jobs;
            let job = NewJob {
                organization_id: Some(format!("org-{:04}", number * 7 % CUSTOMERS + 1)),
                system: Some(format!("SRV-{:03}", number % 900)),
                status: Some(words[number % words.len()].to_owned()),
                kind: Some([JobKind::Backup, JobKind::Replication][number / 4 % 2]),
                message: number
                    .is_multiple_of(2)
                    .then(|| format!("Job {number}.\nTwo lines.")),
                finished_at: Some(self.first_job + self.apart * i32::try_from(number).unwrap()),
                ..NewJob::default()
            };
            portal.finish_job(job).unwrap();
            self.jobs += 1;
        }
        let autotask = self.services.simulator.autotask();
        autotask.clear_journal();
        autotask.set_quota_used(0);
    }

    /// Tickets that were made since the last top-up, and connections that were cut.
    fn take_notes(&mut self) -> (usize, usize) {
        let calls = self.services.calls(Service::Autotask).into_iter();
        let (mut made, mut cut) = (0, 0);
        for call in calls.filter(|call| call.operation == "create" && call.status == 200) {
            made += call.rows;
            cut += usize::from(call.fault.is_some_and(|fault| fault == "DropAfter"));
        }
        self.made += made;
        (made, cut)
    }

    fn uninterrupted(mut self) -> Course {
        let mut run = Run::start(&self.app);
        run.look_on(&self.services, |_| false);
        assert_eq!(run.sync.end().code(), Some(0));
        self.take_notes();
        self.assert_each_once();
        run.course()
    }

    /// What a kill hit twice waits some seconds longer than one run does, and so on.
    fn come_to_an_end(&self) {
        self.services.simulator.faults().clear();
        let begun = Instant::now();
        loop {
            let_midnight_pass();
            self.services.simulator.autotask().set_quota_used(0);
            let last = self.app.run(SYNC);
            // What rests is no failure.
            assert!(last.code <= 1, "{last}");
            assert_eq!(last.count("needsAttention"), 0, "{last}");
            if last.count("waiting") == 0 {
                return;
            }
            assert!(begun.elapsed() < LONGEST_END, "{last}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Gives back how many tickets there are of jobs and of digests.
    fn assert_each_once(&self) -> (usize, usize) {
        let (events, digests) = tickets::assert_one_each_and_digests(&self.services, ALL);
        assert_eq!(events, self.jobs);
        let accounts = self.services.accounts();
        let days: Vec<Date> = digests.keys().copied().collect();
        let wanted = self.first_digest.series(jiff::Span::new().days(1));
        let wanted: Vec<Date> = wanted.take_while(|day| *day < today()).collect();
        assert_eq!(days, wanted);
        for (day, of) in &digests {
            assert_eq!(of.len(), accounts.len(), "{day}");
        }
        let digests = digests.values().map(|of| of.len()).sum();

        let again = self.app.run(SYNC).ended_with(0);
        assert_eq!((again.count("sent"), again.count("found")), (0, 0));
        assert_eq!(self.services.made(), events + digests);
        let status = self.app.run(&["status", "--json"]).ended_with(0);
        assert_eq!(status.count("done"), (events + digests) as u64);
        let ledger = self.app.run(&["ledger", "verify", "--json"]).ended_with(0);
        assert_eq!(ledger.json()["fits"], true, "{ledger}");
        (events, digests)
    }
}

fn today() -> Date {
    now().date()
}

fn now() -> DateTime {
    let zone = TimeZone::get(ZONE).unwrap();
    SystemClock.now().to_zoned_datetime(zone).datetime()
}

/// Whether a digest is due, and of which days there are some, is worked out for one and the same day.
fn let_midnight_pass() {
    while (now().hour(), now().minute()) >= (23, 57) {
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// Whether the app had marked postings as being sent when it died. At the next start they become
/// unclear.
fn under_way(app: &App) -> bool {
    let store = Store::open_reading(&app.data()).unwrap();
    let mut before = None;
    loop {
        let filter = PostingFilter::Waiting;
        let page = activity::query(&store, filter, "", before, 500, SystemClock.now()).unwrap();
        if page.rows.iter().any(|row| row.state == State::Sending) {
            return true;
        }
        if !page.more {
            return false;
        }
        before = page.rows.last().map(|row| row.id);
    }
}

/// splitmix64.
struct Random {
    seed: u64,
    state: u64,
}

impl Random {
    fn new() -> Random {
        let set = std::env::var("KILL_SEED").ok();
        let seed = set.map_or_else(
            || std::hash::RandomState::new().build_hasher().finish(),
            |seed| seed.parse().unwrap(),
        );
        Random { seed, state: seed }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// From 0 to 1.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}
