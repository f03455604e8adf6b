//! Jobs whose end Cloud Direct changes after their ticket: a note on it, once, whatever happens.

use std::time::Duration;

use simulator::{ChangedJob, Job, NewJob, TicketNote, What, When};
use sync::{
    activity::{self, Filter},
    clock::Clock as _,
    outbox::State,
    pass,
    settings::Api,
};
use tokio_util::sync::CancellationToken;

use crate::world::{BOTH, World, config};

/// One customer, and the ticket of a job that ended with warnings.
async fn warned(api: Api) -> (World, Job) {
    let world = World::mapped(api, config(1, 0)).await;
    let job = finish(&world, "warning");
    assert_eq!(world.pass().await.unwrap().sent, 1);
    (world, job)
}

fn finish(world: &World, status: &str) -> Job {
    let job = NewJob {
        status: Some(status.to_owned()),
        ..NewJob::default()
    };
    world.simulator.cloud_direct().finish_job(job).unwrap()
}

fn change(world: &World, job: &Job, status: &str) {
    let changed = ChangedJob {
        status: status.to_owned(),
        message: Some("VSS error 0x8004230f".to_owned()),
        ..ChangedJob::default()
    };
    world
        .simulator
        .cloud_direct()
        .change_job(&job.id, changed)
        .unwrap();
}

fn notes(world: &World) -> Vec<TicketNote> {
    world.simulator.autotask().ticket_notes()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_fails_after_its_ticket_said_warning_gets_one_note_on_that_ticket() {
    for api in BOTH {
        let (world, job) = warned(api).await;
        change(&world, &job, "failed");
        let report = world.pass().await.unwrap();
        assert_eq!((report.sent, report.notes), (0, 1), "{report:?}");
        world.pass().await.unwrap();

        let tickets = world.simulator.autotask().tickets();
        let [note] = &notes(&world)[..] else {
            panic!("{:#?}", notes(&world));
        };
        assert_eq!(tickets.len(), 1);
        assert_eq!(note.ticket_id, tickets[0].id);
        assert_eq!(note.publish, 2, "for the partner's own people");
        assert!(note.title.starts_with("Backup error: "), "{note:#?}");
        let text = &note.description;
        assert!(
            text.starts_with("Cloud Direct has changed how this job ended"),
            "{text}"
        );
        assert!(text.contains("VSS error 0x8004230f"), "{text}");
        let last = text.lines().next_back().unwrap();
        assert!(last.starts_with("Reference: ucd-note-"), "{text}");

        let now = world.clock.now();
        let page = activity::query(&world.store, Filter::All, "", None, 10, now).unwrap();
        assert_eq!(page.rows[0].what, "Note: Backup error");
        assert_eq!(page.rows[0].state, State::Done);
        assert_eq!(
            page.rows[0].ticket_number.as_ref(),
            Some(&tickets[0].ticket_number)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_right_to_notes_a_person_is_told_and_syncs_go_on() {
    for api in BOTH {
        let (world, job) = warned(api).await;
        let tenant = world.simulator.autotask();
        tenant.set_rights("TicketNotes", false, false, false);
        change(&world, &job, "failed");
        for _ in 0..3 {
            world.clock.advance(jiff::SignedDuration::from_mins(5));
            finish(&world, "failed");
            let report = world.pass().await.unwrap();
            assert_eq!((report.sent, report.notes), (1, 0), "{report:?}");
            assert_eq!((&report.problems[..], report.synced), (&[][..], true));
        }
        let notices = world.store.notices(10).unwrap();
        let told = |text: &str| text.contains("right to read and add ticket notes");
        let told = notices.iter().filter(|notice| told(&notice.text)).count();
        assert_eq!(told, 1, "{notices:#?}");

        tenant.set_rights("TicketNotes", true, true, true);
        world.clock.advance(jiff::SignedDuration::from_mins(5));
        assert_eq!(world.pass().await.unwrap().notes, 1);
        assert_eq!(notes(&world).len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_whose_answer_is_lost_is_looked_up_and_not_added_twice() {
    for api in BOTH {
        for what in [
            What::DropAfter,
            What::DropBefore,
            What::Truncate,
            What::HtmlPage,
            What::Status(500),
            What::ThreadLimit,
        ] {
            let (world, job) = warned(api).await;
            change(&world, &job, "failed");
            world.fault("TicketNotes/create", When::Once, what);
            let limits = pass::Limits::default();
            world.pass_within(limits).await.unwrap();
            let world = world.restarted().await;
            world.clock.advance(jiff::SignedDuration::from_hours(1));
            world.pass_until_done().await;
            assert_eq!(notes(&world).len(), 1, "{api:?} {what:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_computers_add_one_note_also_where_only_one_saw_the_warning() {
    for api in BOTH {
        let (world, job) = warned(api).await;
        let (_folder, store, connection) = world.other_computer(api).await;
        // The other computer sees the job for the first time, and finds the ticket of the first.
        change(&world, &job, "failed");
        let cancel = CancellationToken::new();
        let limits = pass::Limits::default();
        let mut of_the_other = 0;
        for _ in 0..2 {
            let pass = pass::run(&store, &connection, &world.clock, &limits, &cancel, &|_| {});
            of_the_other += pass.await.unwrap().notes;
        }
        assert_eq!((of_the_other, notes(&world).len()), (1, 1), "{api:?}");
        world.pass().await.unwrap();
        assert_eq!(world.store.counts().unwrap().waiting, 0);
        assert_eq!(notes(&world).len(), 1, "{api:?}");
        assert_eq!(world.simulator.autotask().tickets().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_changes_while_its_ticket_is_unclear_still_tells_how_it_ended() {
    for api in BOTH {
        let world = World::mapped(api, config(1, 0)).await;
        let job = finish(&world, "warning");
        world.fault("Tickets/create", When::Once, What::DropAfter);
        let settle = Duration::from_secs(20);
        assert_eq!(world.pass_with(settle).await.unwrap().unclear, 1);
        change(&world, &job, "failed");
        world.clock.advance(jiff::SignedDuration::from_secs(20));
        world.pass_until_done().await;
        world.pass_until_done().await;
        assert_eq!(world.simulator.autotask().tickets().len(), 1);
        assert_eq!(notes(&world).len(), 1, "{api:?}");
    }
}
