use std::sync::Mutex;

use async_trait::async_trait;
use cloud_direct::{Error, Job, Organization, Outcome, Partner, Usage};
use futures::{StreamExt as _, stream, stream::BoxStream};

use super::*;
use crate::{
    clock::ManualClock,
    examples::{alerts, at, job, noon, store},
};

/// Answers with the portions that were put in, and remembers what it was asked.
#[derive(Default)]
struct Scripted {
    portions: Mutex<Vec<Result<Portion, Error>>>,
    asked: Mutex<Vec<Timestamp>>,
    organizations: Vec<Organization>,
    forbidden: Mutex<Vec<&'static str>>,
    /// The answer to the next question about one organization.
    of_one: Mutex<Option<Result<Vec<Job>, Error>>>,
    asked_about: Mutex<Vec<(String, Timestamp)>>,
    hides_organizations: bool,
}

impl Scripted {
    fn will_say(&self, portions: Vec<Result<Vec<Job>, Error>>) {
        *self.portions.lock().unwrap() = portions
            .into_iter()
            .map(|jobs| {
                jobs.map(|jobs| Portion {
                    jobs,
                    ..Portion::default()
                })
            })
            .collect();
    }

    fn asked_last(&self) -> Timestamp {
        *self.asked.lock().unwrap().last().unwrap()
    }

    /// Which organizations were asked by themselves, and from when on, since this was called last.
    fn asked_about(&self) -> Vec<(String, Timestamp)> {
        std::mem::take(&mut *self.asked_about.lock().unwrap())
    }
}

#[async_trait]
impl Source for Scripted {
    async fn test(&self) -> Result<Partner, Error> {
        Ok(Partner {
            name: "Partner".to_owned(),
            invoice_day: None,
            time_zone: None,
        })
    }

    async fn organizations(&self) -> Result<Vec<Organization>, Error> {
        if self.hides_organizations {
            return Err(Error::Forbidden {
                call: "/v1/organizations",
                detail: None,
            });
        }
        Ok(self.organizations.clone())
    }

    fn jobs(&self, after: Option<Timestamp>) -> BoxStream<'_, Result<Portion, Error>> {
        self.asked.lock().unwrap().extend(after);
        stream::iter(std::mem::take(&mut *self.portions.lock().unwrap())).boxed()
    }

    fn jobs_of(
        &self,
        organization_id: &str,
        after: Option<Timestamp>,
    ) -> BoxStream<'_, Result<Portion, Error>> {
        let id = organization_id.to_owned();
        let mut asked = self.asked_about.lock().unwrap();
        asked.extend(after.map(|after| (id.clone(), after)));
        let portion = if self.forbidden.lock().unwrap().contains(&organization_id) {
            Ok(Portion {
                notices: vec![Notice::OrganizationForbidden {
                    organization_id: id,
                }],
                ..Portion::default()
            })
        } else {
            let jobs = self.of_one.lock().unwrap().take();
            jobs.unwrap_or(Ok(Vec::new())).map(|jobs| Portion {
                jobs,
                ..Portion::default()
            })
        };
        stream::iter([portion]).boxed()
    }

    async fn usage(&self, _day: jiff::civil::Date) -> Result<Vec<Usage>, Error> {
        Ok(Vec::new())
    }
}

async fn read(store: &Store, source: &Scripted) -> Intake {
    read_then(store, source, noon()).await
}

async fn read_then(store: &Store, source: &Scripted, now: Timestamp) -> Intake {
    let clock = ManualClock::new(now);
    let cancel = CancellationToken::new();
    run(store, source, &clock, &cancel, &|_| {}).await.unwrap()
}

fn ended(id: &str, at: &str) -> Job {
    job("org-1", id, Outcome::Error, at)
}

fn broken() -> Result<Vec<Job>, Error> {
    Err(Error::Throttled { retry_after: None })
}

const THIRTY_DAYS_BEFORE: &str = "2026-10-24T12:00:00Z";

#[tokio::test]
async fn the_first_question_goes_back_thirty_days_or_to_the_start_if_that_is_earlier() {
    let (_folder, store) = store();
    let source = Scripted::default();
    read(&store, &source).await;
    assert_eq!(source.asked_last(), at(THIRTY_DAYS_BEFORE));

    let mut earlier = alerts();
    earlier.jobs_since = Some(at("2026-08-01T00:00:00Z"));
    store.save_alerts(&earlier, noon()).unwrap();
    read(&store, &source).await;
    assert_eq!(source.asked_last(), at("2026-08-01T00:00:00Z"));
}

#[tokio::test]
async fn later_questions_go_back_by_the_overlap_behind_the_newest_end() {
    let (_folder, store) = store();
    let source = Scripted::default();
    source.will_say(vec![
        Ok(vec![
            ended("a", "2026-11-20T01:00:00Z"),
            ended("b", "2026-11-20T02:00:00Z"),
        ]),
        Ok(vec![ended("c", "2026-11-21T02:00:00Z")]),
    ]);
    let intake = read(&store, &source).await;
    assert_eq!((intake.received, intake.new), (3, 3));
    source.will_say(vec![Ok(vec![ended("c", "2026-11-21T02:00:00Z")])]);
    let again = read(&store, &source).await;
    assert_eq!(source.asked_last(), at("2026-11-21T01:00:00Z"));
    assert_eq!((again.received, again.new), (1, 0));
}

#[tokio::test]
async fn an_interrupted_reading_goes_on_behind_what_came_in_order() {
    let (_folder, store) = store();
    let source = Scripted::default();
    source.will_say(vec![Ok(vec![ended("a", "2026-11-20T02:00:00Z")]), broken()]);
    let intake = read(&store, &source).await;
    assert_eq!(intake.problem.unwrap().code(), "throttled");
    assert_eq!(intake.new, 1);
    read(&store, &source).await;
    assert_eq!(source.asked_last(), at("2026-11-20T01:00:00Z"));
}

#[tokio::test]
async fn an_interrupted_reading_that_was_out_of_order_leaves_nothing_out() {
    let (_folder, store) = store();
    let source = Scripted::default();
    source.will_say(vec![
        Ok(vec![ended("a", "2026-11-20T02:00:00Z")]),
        Ok(vec![
            ended("old", "2026-11-01T00:00:00Z"),
            ended("new", "2026-11-22T00:00:00Z"),
        ]),
        broken(),
    ]);
    read(&store, &source).await;
    read(&store, &source).await;
    // Not behind the newest, because older ones may have been still to come.
    assert_eq!(source.asked_last(), at("2026-11-20T01:00:00Z"));
}

#[tokio::test]
async fn an_interrupted_reading_of_one_organization_after_the_other_leaves_none_out() {
    let (_folder, store) = store();
    let source = Scripted::default();
    source.will_say(vec![
        Ok(vec![ended("a", "2026-11-20T02:00:00Z")]),
        Ok(vec![ended("b", "2026-11-22T02:00:00Z")]),
        broken(),
    ]);
    for portion in source.portions.lock().unwrap().iter_mut().flatten() {
        portion.by_organization = true;
    }
    assert_eq!(read(&store, &source).await.new, 2);
    read(&store, &source).await;
    assert_eq!(source.asked_last(), at(THIRTY_DAYS_BEFORE));
}

#[tokio::test]
async fn once_a_day_a_week_is_read_again_until_that_has_come_to_its_end() {
    let (_folder, store) = store();
    let source = Scripted::default();
    source.will_say(vec![Ok(vec![ended("a", "2026-11-20T02:00:00Z")])]);
    read(&store, &source).await;

    let hours = |hours| noon() + SignedDuration::from_hours(hours);
    read_then(&store, &source, hours(23)).await;
    assert_eq!(source.asked_last(), at("2026-11-20T01:00:00Z"));
    source.will_say(vec![broken()]);
    read_then(&store, &source, hours(24)).await;
    assert_eq!(source.asked_last(), at("2026-11-13T02:00:00Z"));
    source.will_say(vec![Ok(vec![ended("late", "2026-11-15T02:00:00Z")])]);
    assert_eq!(read_then(&store, &source, hours(25)).await.new, 1);
    assert_eq!(source.asked_last(), at("2026-11-13T02:00:00Z"));
    read_then(&store, &source, hours(26)).await;
    assert_eq!(source.asked_last(), at("2026-11-20T01:00:00Z"));
}

fn of_two() -> Scripted {
    let named = |id: &str| Organization {
        id: id.to_owned(),
        name: id.to_owned(),
        state: cloud_direct::OrganizationState::Active,
    };
    Scripted {
        organizations: vec![named("org-1"), named("org-2")],
        ..Scripted::default()
    }
}

fn hours(hours: i64) -> Timestamp {
    noon() + SignedDuration::from_hours(hours)
}

fn about(id: &str, from: &str) -> (String, Timestamp) {
    (id.to_owned(), at(from))
}

#[tokio::test]
async fn who_is_silent_in_the_first_reading_is_asked_daily_until_it_may_be_read_and_then_from_the_start()
 {
    let (_folder, store) = store();
    let source = of_two();
    *source.forbidden.lock().unwrap() = vec!["org-2"];
    source.will_say(vec![Ok(vec![ended("a", "2026-11-23T11:00:00Z")])]);
    let intake = read(&store, &source).await;
    assert_eq!(source.asked_about(), [about("org-2", THIRTY_DAYS_BEFORE)]);
    assert!(intake.notices[0].contains("org-2"), "{:?}", intake.notices);
    assert_eq!(store.notices(10).unwrap().len(), 1);

    read_then(&store, &source, hours(23)).await;
    assert_eq!(source.asked_about(), []);
    read_then(&store, &source, hours(24)).await;
    assert_eq!(source.asked_about(), [about("org-2", THIRTY_DAYS_BEFORE)]);

    source.forbidden.lock().unwrap().clear();
    let old = job("org-2", "old", Outcome::Error, "2026-10-25T02:00:00Z");
    *source.of_one.lock().unwrap() = Some(Ok(vec![old]));
    assert_eq!(read_then(&store, &source, hours(48)).await.new, 1);
    assert_eq!(source.asked_about(), [about("org-2", THIRTY_DAYS_BEFORE)]);
    read_then(&store, &source, hours(49)).await;
    assert_eq!(source.asked_about(), []);
}

#[tokio::test]
async fn who_has_been_silent_for_five_days_is_asked_from_a_week_before_its_last_job() {
    let (_folder, store) = store();
    let source = of_two();
    let of_2 = |id, at| job("org-2", id, Outcome::Error, at);
    source.will_say(vec![Ok(vec![
        of_2("a", "2026-11-20T02:00:00Z"),
        // Its clock is wrong. It says nothing of the days until then.
        of_2("b", "2026-12-24T02:00:00Z"),
        ended("c", "2026-11-23T12:00:00Z"),
    ])]);
    read(&store, &source).await;
    for day in 1..5 {
        read_then(&store, &source, hours(24 * day)).await;
        assert_eq!(source.asked_about(), []);
    }
    source.will_say(vec![Ok(vec![ended("d", "2026-11-28T12:00:00Z")])]);
    read_then(&store, &source, hours(24 * 5)).await;
    assert_eq!(
        source.asked_about(),
        [about("org-2", "2026-11-16T12:00:00Z")]
    );
}

#[tokio::test]
async fn an_excluded_organization_is_not_asked_by_itself() {
    let (_folder, store) = store();
    let source = of_two();
    store
        .save_organizations(&source.organizations, noon())
        .unwrap();
    let excluded = crate::store::Mapping {
        excluded: Some("not ours".to_owned()),
        ..Default::default()
    };
    store.save_mapping("org-2", &excluded, noon()).unwrap();
    source.will_say(vec![Ok(vec![ended("a", "2026-11-20T02:00:00Z")])]);
    read(&store, &source).await;
    assert_eq!(source.asked_about(), []);
}

#[tokio::test]
async fn asking_them_by_themselves_goes_on_where_it_broke_off_and_past_one_that_is_gone() {
    let (_folder, store) = store();
    let source = of_two();
    let gone = Error::Refused {
        call: "/v1/jobs",
        status: 404,
        detail: None,
    };
    *source.of_one.lock().unwrap() = Some(Err(gone));
    let intake = read(&store, &source).await;
    assert!(intake.problem.is_none());
    let asked: Vec<String> = source.asked_about().into_iter().map(|(id, _)| id).collect();
    assert_eq!(asked, ["org-1", "org-2"]);

    *source.of_one.lock().unwrap() = Some(broken());
    let intake = read_then(&store, &source, hours(24)).await;
    assert_eq!(intake.problem.unwrap().code(), "throttled");
    assert_eq!(source.asked_about().len(), 1);
    read_then(&store, &source, hours(24)).await;
    assert_eq!(source.asked_about().len(), 2);
}

#[tokio::test]
async fn jobs_are_read_also_where_the_organizations_are_forbidden() {
    let (_folder, store) = store();
    let source = Scripted {
        hides_organizations: true,
        ..Scripted::default()
    };
    source.will_say(vec![Ok(vec![ended("a", "2026-11-20T02:00:00Z")])]);
    let intake = read(&store, &source).await;
    assert!(intake.problem.is_none());
    assert_eq!((intake.new, intake.notices.len()), (1, 1));
}

#[tokio::test]
async fn a_job_from_the_future_does_not_hide_those_that_follow() {
    let (_folder, store) = store();
    let source = Scripted::default();
    source.will_say(vec![Ok(vec![ended("a", "2099-01-01T00:00:00Z")])]);
    read(&store, &source).await;
    read(&store, &source).await;
    assert_eq!(source.asked_last(), at("2026-11-23T11:00:00Z"));
}

#[tokio::test]
async fn another_source_and_an_earlier_start_are_read_from_their_beginning() {
    let (_folder, store) = store();
    let source = Scripted::default();
    source.will_say(vec![Ok(vec![ended("a", "2026-11-20T02:00:00Z")])]);
    read(&store, &source).await;

    let mut earlier = alerts();
    earlier.jobs_since = Some(at("2026-09-01T00:00:00Z"));
    store.save_alerts(&earlier, noon()).unwrap();
    source.will_say(vec![Ok(vec![ended("b", "2026-11-20T02:00:00Z")])]);
    read(&store, &source).await;
    assert_eq!(source.asked_last(), at("2026-09-01T00:00:00Z"));
    read(&store, &source).await;
    assert_eq!(source.asked_last(), at("2026-11-20T01:00:00Z"));

    let other = CloudDirect {
        address: "https://another.example".to_owned(),
        ..store.settings().unwrap().cloud_direct
    };
    store.save_cloud_direct(&other).unwrap();
    read(&store, &source).await;
    assert_eq!(source.asked_last(), at("2026-09-01T00:00:00Z"));
}

#[tokio::test]
async fn a_job_that_still_runs_is_left_until_it_has_finished() {
    let (_folder, store) = store();
    let source = Scripted::default();
    let running = Job {
        finished_at: None,
        ..job("org-1", "a", Outcome::NotFinished, THIRTY_DAYS_BEFORE)
    };
    source.will_say(vec![Ok(vec![running])]);
    assert_eq!(read(&store, &source).await.new, 0);
    source.will_say(vec![Ok(vec![ended("a", "2026-11-23T11:30:00Z")])]);
    assert_eq!(read(&store, &source).await.new, 1);
}

#[tokio::test]
async fn what_the_source_could_not_use_is_kept_for_the_person_but_not_what_is_over_by_itself() {
    let (_folder, store) = store();
    let source = Scripted::default();
    *source.portions.lock().unwrap() = vec![Ok(Portion {
        notices: vec![
            Notice::UnknownStatus {
                status: "exploded".to_owned(),
                count: 2,
            },
            Notice::Waiting {
                file: "jobs.csv".to_owned(),
            },
        ],
        ..Portion::default()
    })];
    let intake = read(&store, &source).await;
    assert_eq!(intake.notices.len(), 2);
    let kept = store.notices(10).unwrap();
    assert_eq!(kept.len(), 1);
    assert!(kept[0].text.contains("\"exploded\""));
}

#[tokio::test]
async fn a_cancelled_reading_ends_at_once() {
    let (_folder, store) = store();
    let source = Scripted::default();
    let clock = ManualClock::new(noon());
    let cancel = CancellationToken::new();
    cancel.cancel();
    let answer = run(&store, &source, &clock, &cancel, &|_| {}).await;
    assert!(matches!(answer, Err(IntakeHalt::Cancelled)));
    assert!(source.asked.lock().unwrap().is_empty());
}

#[test]
fn another_time_zone_does_not_have_the_files_read_again() {
    let mut settings = Settings::default();
    let before = how_files_are_read(&settings);
    settings.general.time_zone = "Asia/Tokyo".to_owned();
    assert_eq!(how_files_are_read(&settings), before);
    settings.cloud_direct.date_order = cloud_direct::DateOrder::DayFirst;
    assert_ne!(how_files_are_read(&settings), before);
}
