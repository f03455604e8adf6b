use std::{
    fs::{self, File},
    path::Path,
    time::{Duration, SystemTime},
};

use simulator::Simulator;
use sync::{clock::Clock as _, settings::Api, store::Store};

use crate::world::{BOTH, World, config, folder_settings};

/// Writes a file that has lain there for a while.
pub fn drop_in(folder: &Path, name: &str, bytes: &[u8]) {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    #[expect(
        clippy::disallowed_methods,
        reason = "a file's age is told by the computer's clock"
    )]
    let then = SystemTime::now() - Duration::from_secs(3600);
    File::options()
        .append(true)
        .open(&path)
        .unwrap()
        .set_modified(then)
        .unwrap();
}

fn csv_of(jobs: &[simulator::Job], separator: char) -> String {
    let mut text = [
        "job_id",
        "organization",
        "system",
        "task",
        "kind",
        "status",
        "started_at",
        "finished_at",
        "warning_count",
        "error_count",
        "message",
    ]
    .join(&separator.to_string());
    text.push_str("\r\n");
    for job in jobs {
        let quoted = |field: &str| format!("\"{}\"", field.replace('"', "\"\""));
        let kind = serde_json::to_value(job.kind).unwrap();
        let fields = [
            quoted(&job.id),
            quoted(&job.organization_id),
            quoted(&job.system),
            quoted(job.task.as_deref().unwrap_or_default()),
            quoted(kind.as_str().unwrap()),
            quoted(&job.status),
            job.started_at.map(|at| at.to_string()).unwrap_or_default(),
            job.finished_at.map(|at| at.to_string()).unwrap_or_default(),
            job.warning_count.to_string(),
            job.error_count.to_string(),
            quoted(job.message.as_deref().unwrap_or_default()),
        ];
        text.push_str(&fields.join(&separator.to_string()));
        text.push_str("\r\n");
    }
    text
}

fn jsonl_of(jobs: &[simulator::Job]) -> String {
    let mut text = String::new();
    for job in jobs {
        let mut value = serde_json::to_value(job).unwrap();
        let fields = value.as_object_mut().unwrap();
        let id = fields.remove("id").unwrap();
        fields.insert("job_id".to_owned(), id);
        let organization = fields.remove("organization_id").unwrap();
        fields.insert("organization".to_owned(), organization);
        text.push_str(&value.to_string());
        text.push('\n');
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_awkward_exports_makes_each_ticket_once_and_names_each_bad_line() {
    for api in BOTH {
        let simulator = Simulator::start(config(20, 600)).await.unwrap();
        let exports = tempfile::tempdir().unwrap();
        let jobs: Vec<simulator::Job> = simulator
            .cloud_direct()
            .jobs()
            .into_iter()
            .filter(|job| job.finished_at.is_some())
            .collect();
        let parts: Vec<&[simulator::Job]> = jobs.chunks(jobs.len().div_ceil(4)).collect();

        // With a BOM; UTF-16 with semicolons; JSON lines with two that cannot be used; tabs.
        let bom = format!("\u{feff}{}", csv_of(parts[0], ','));
        drop_in(exports.path(), "jobs-1.csv", bom.as_bytes());
        let utf16: Vec<u8> = std::iter::once(0xfeff)
            .chain(csv_of(parts[1], ';').encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        drop_in(exports.path(), "jobs-2.csv", &utf16);
        let bad = format!(
            "{{\"organization\": \"org-0001\", \"system\"\n{}{{\"no\": \"job\"}}\n",
            jsonl_of(parts[2])
        );
        drop_in(exports.path(), "jobs-3.jsonl", bad.as_bytes());
        drop_in(
            exports.path(),
            "jobs-4.csv",
            csv_of(parts[3], '\t').as_bytes(),
        );
        // The same jobs once more, and something that is not an export.
        drop_in(
            exports.path(),
            "jobs-5.csv",
            csv_of(parts[0], ';').as_bytes(),
        );
        drop_in(exports.path(), "readme.txt", b"not an export");

        let world = World::with_source(simulator, api, folder_settings(exports.path())).await;
        world.map_all();
        let report = world.pass().await.unwrap();
        assert_eq!(report.problems, []);
        let first = "jobs-3.jsonl, line 1:";
        let last = format!("jobs-3.jsonl, line {}:", parts[2].len() + 2);
        for line in [first, &last] {
            let named = report
                .notices
                .iter()
                .filter(|notice| notice.starts_with(line))
                .count();
            assert_eq!(named, 1, "{line} {:?}", report.notices);
        }
        world.assert_each_job_has_its_ticket();

        let again = world.pass().await.unwrap();
        assert_eq!((again.jobs_received, again.sent), (0, 0));

        // A file that comes again under another name, after a restart, is known by its content.
        drop_in(
            exports.path(),
            "jobs-again.csv",
            csv_of(parts[3], '\t').as_bytes(),
        );
        let world = world.restarted().await;
        let again = world.pass().await.unwrap();
        assert_eq!((again.jobs_received, again.sent), (0, 0));
        world.assert_each_job_has_its_ticket();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_written_file_waits_until_it_is_whole() {
    let simulator = Simulator::start(config(3, 40)).await.unwrap();
    let exports = tempfile::tempdir().unwrap();
    let jobs: Vec<simulator::Job> = simulator
        .cloud_direct()
        .jobs()
        .into_iter()
        .filter(|job| job.finished_at.is_some())
        .collect();
    let whole = csv_of(&jobs, ',');
    fs::write(exports.path().join("jobs.csv"), &whole[..whole.len() / 2]).unwrap();
    let world = World::with_source(simulator, Api::Rest, folder_settings(exports.path())).await;
    let report = world.pass().await.unwrap();
    assert_eq!((report.jobs_received, report.planned), (0, 0));
    assert!(
        report
            .notices
            .iter()
            .any(|notice| notice.contains("still being written"))
    );
    let store: &Store = &world.store;
    assert_eq!(store.notices(10).unwrap(), [], "it is over by itself");

    drop_in(exports.path(), "jobs.csv", whole.as_bytes());
    world.pass().await.unwrap();
    world.map_all();
    world.clock.advance(jiff::SignedDuration::from_secs(1));
    assert!(world.clock.now() > crate::world::start());
    world.pass().await.unwrap();
    world.assert_each_job_has_its_ticket();
}
