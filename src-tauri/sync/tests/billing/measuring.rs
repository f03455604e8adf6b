use std::{fs, path::Path};

use simulator::{Fault, Service, Simulator, What, When};
use sync::{billing, clock::Clock as _, settings::Api};

use crate::world::{GB, World, at, config, date, due, folder_source};

/// What counts on the invoice date, in whole GB.
async fn figure(world: &World, organization_id: &str) -> Option<(u64, Option<String>)> {
    let line = world.line(organization_id, "2026-11-30").await;
    line.figure
        .map(|figure| (figure.bytes / GB, figure.by_hand))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_day_is_measured_and_the_last_measurement_before_the_invoice_date_counts() {
    let world = World::new(Api::Rest, 3).await;
    for (day, gigabytes) in [
        ("2026-11-28", 100),
        ("2026-11-29", 110),
        ("2026-11-30", 120),
    ] {
        world.measure("org-0001", day, gigabytes);
    }
    world.set_time(at("2026-11-29T12:00:00Z"));
    world.pass().await.unwrap();
    let measured = world.simulator.cloud_direct().usage(date("2026-11-29"));
    let on_29th = measured[0].measured_at < world.simulator.now();
    let expected = if on_29th { 110 } else { 100 };
    assert_eq!(figure(&world, "org-0001").await, Some((expected, None)));

    // Off on the invoice date and for days after it: the same figure.
    world.set_time(at("2026-12-04T12:00:00Z"));
    world.pass().await.unwrap();
    let at_six = world.simulator.cloud_direct().usage(date("2026-11-30"));
    let expected = if at_six[0].measured_at <= due() {
        120
    } else {
        110
    };
    assert_eq!(figure(&world, "org-0001").await, Some((expected, None)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_cannot_be_read_does_not_keep_the_others() {
    let world = World::new(Api::Rest, 1).await;
    let fault = |what| Fault {
        service: Service::CloudDirect,
        on: Some("usage".to_owned()),
        when: When::Once,
        what,
    };
    // The oldest.
    world.simulator.faults().add(fault(What::HtmlPage));
    world.simulator.faults().add(fault(What::Status(500)));
    world.set_time(due());
    let report = world.pass().await.unwrap();
    assert!(!report.problems.is_empty(), "{report:?}");
    assert_eq!((report.measured_days, report.verified), (5, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_refused_is_told_although_another_day_could_not_be_read() {
    let world = World::new(Api::Rest, 1).await;
    for what in [What::HtmlPage, What::LoginRevoked] {
        world.simulator.faults().add(Fault {
            service: Service::CloudDirect,
            on: Some("usage".to_owned()),
            when: When::Once,
            what,
        });
    }
    world.set_time(due());
    assert!(world.pass().await.is_err());
    assert!(sync::login::refused(&world.store).unwrap().is_some());
}

/// The day was asked for when there was nothing yet.
#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_comes_days_later_has_the_figure_of_the_invoice_date() {
    let folder = tempfile::tempdir().unwrap();
    let head = "organization,measured_at,quantity,unit\n";
    let old = format!("{head}org-0001,2026-11-20 22:00,100,GB\n");
    export(folder.path(), "usage-1.csv", &old);
    let simulator = Simulator::start(config(1)).await.unwrap();
    let world = World::with_source(simulator, Api::Rest, &folder_source(folder.path())).await;
    for now in ["2026-11-30T05:00:00Z", "2026-12-01T13:00:00Z"] {
        world.set_time(at(now));
        assert_eq!(world.pass().await.unwrap().waiting, 1);
    }
    let rows: String = (28..=30)
        .map(|day| format!("org-0001,2026-11-{day} 22:00,{},GB\n", 500 + day))
        .collect();
    let rows = format!("{head}{rows}org-0001,2026-12-04 22:00,600,GB\n");
    export(folder.path(), "usage-2.csv", &rows);
    world.set_time(at("2026-12-05T12:00:00Z"));
    let report = world.pass().await.unwrap();
    assert_eq!((report.verified, report.waiting), (1, 0), "{report:?}");
    assert_eq!(world.units("org-0001", "2026-12-01"), 529);
}

/// A file that has stopped growing.
fn export(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    #[expect(
        clippy::disallowed_methods,
        reason = "a file's age is told by the computer's clock"
    )]
    let then = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    fs::File::options()
        .append(true)
        .open(&path)
        .unwrap()
        .set_modified(then)
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_is_over_is_asked_for_once() {
    let world = World::new(Api::Rest, 2).await;
    let asked = || {
        let calls = world.simulator.journal();
        calls
            .iter()
            .filter(|call| call.operation == "usage")
            .count()
    };
    world.set_time(at("2026-11-27T12:30:00Z"));
    world.pass().await.unwrap();
    let before = asked();
    world.pass().await.unwrap();
    assert_eq!(asked(), before);
    world.set_time(at("2026-11-27T18:30:00Z"));
    world.pass().await.unwrap();
    assert_eq!(asked(), before + 1, "today again");
}

#[tokio::test(flavor = "multi_thread")]
async fn exports_are_measured_as_the_portal_is() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "organization;measured_at;quantity;unit\n\
               org-0001;2026-11-27 23:00;500;GB\n\
               org-0001;2026-11-29 23:00;523,4;GB\n\
               org-0002;2026-11-29 23:00;2;TiB\n\
               org-0001;2026-11-30 07:00;999;GB\n";
    export(
        folder.path(),
        "usage-november.csv",
        &csv.replace("523,4", "523.4"),
    );
    let simulator = Simulator::start(config(2)).await.unwrap();
    let world = World::with_source(simulator, Api::Rest, &folder_source(folder.path())).await;
    world.set_time(due());
    world.pass().await.unwrap();
    let line = world.line("org-0001", "2026-11-30").await;
    assert_eq!(line.figure.unwrap().bytes, 523_400_000_000);
    assert_eq!(line.units_to_be, Some(524));
    let line = world.line("org-0002", "2026-11-30").await;
    assert_eq!(line.figure.unwrap().bytes, 2 << 40);
    assert_eq!(line.units_to_be, Some(2_200));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_figure_by_hand_counts_is_marked_and_has_its_line_in_the_ledger() {
    let world = World::new(Api::Rest, 2).await;
    world.set_time(at("2026-11-29T12:00:00Z"));
    world.pass().await.unwrap();
    let now = world.clock.now();
    let enter = |id: &str, reason: &str, day| {
        billing::enter(&world.store, id, 42 * GB, reason, day, now).map_err(|e| e.to_string())
    };
    enter("org-0001", " agreed on the phone ", None).unwrap();
    assert_eq!(
        figure(&world, "org-0001").await,
        Some((42, Some("agreed on the phone".to_owned())))
    );
    assert!(enter("org-0001", "  ", None).unwrap_err().contains("why"));
    assert!(enter("org-9", "x", None).unwrap_err().contains("org-9"));
    enter("org-0002", "invoice was wrong", Some(date("2026-11-30"))).unwrap();
    assert_eq!(figure(&world, "org-0002").await.unwrap().0, 42);
    let ledger = world.store.ledger_after(0, 100).unwrap();
    let lines: Vec<_> = ledger
        .iter()
        .filter(|row| row.what == "measured by hand")
        .map(|row| (row.key.as_str(), row.detail.as_deref().unwrap()))
        .collect();
    assert_eq!(
        lines,
        [
            (
                "org-0001",
                "42000000000 bytes as of 2026-11-29T12:00:00Z: agreed on the phone"
            ),
            (
                "org-0002",
                "42000000000 bytes as of 2026-11-30T05:00:00Z: invoice was wrong"
            ),
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_measurement_is_never_zero() {
    let world = World::new(Api::Rest, 12).await;
    // Blocked organizations are never measured, expired ones no longer.
    assert_eq!(world.blocked("org-0012").await, Some("no_measurement"));
    world.set(|billing| billing.expired = sync::settings::Expired::Measured);
    assert_eq!(world.blocked("org-0010").await, Some("measurement_too_old"));
    world.simulator.faults().add(Fault {
        service: Service::CloudDirect,
        on: Some("usage".to_owned()),
        when: When::Always,
        what: What::HtmlPage,
    });
    let units = world.units("org-0001", "2026-12-01");
    world.set_time(at("2026-12-03T12:00:00Z"));
    let report = world.pass().await.unwrap();
    assert!(!report.problems.is_empty(), "{report:?}");
    assert_eq!(
        world.adjustments(),
        0,
        "the source has a day after a long absence, too"
    );
    world.set_time(at("2026-12-04T12:00:00Z"));
    world.pass().await.unwrap();
    assert_eq!(world.blocked("org-0001").await, Some("measurement_too_old"));
    assert_eq!(world.units("org-0001", "2026-12-01"), units);
    assert_eq!(
        world.adjustments(),
        1,
        "that of the trial, which is not billed"
    );
    // Once the source answers, the figure of the date is there, and the line goes out.
    world.simulator.faults().clear();
    world.pass().await.unwrap();
    assert_eq!(world.blocked("org-0001").await, None);
}
