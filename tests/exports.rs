//! A partner whose jobs come as files in a folder, awkward ones among them, through the real program:
//! each bad line is named with file and line, and everything else counts, once.

#[cfg(test)]
mod harness;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs::{self, File};
    use std::path::Path;
    use std::time::{Duration, SystemTime};

    use jiff::tz::TimeZone;
    use simulator::{Config, Job};

    use crate::harness::services::{BOTH, Services, Source, ZONE, makes_ticket};
    use crate::harness::{App, Ran, tickets};

    const CUSTOMERS: usize = 200;
    const JOBS: usize = 2_000;
    const ALL: &[&str] = &["success", "warning", "error"];

    const COLUMNS: [&str; 12] = [
        "job_id",
        "customer id",
        "Customer",
        "Computer",
        "task",
        "kind",
        "status",
        "started_at",
        "End Time",
        "warning_count",
        "error_count",
        "message",
    ];

    /// How times are written in a file.
    #[derive(Clone, Copy)]
    enum Times {
        /// RFC 3339, in UTC.
        Utc,
        /// As on a clock at the partner's.
        Local,
    }

    struct Exports {
        folder: tempfile::TempDir,
        names: BTreeMap<String, String>,
    }

    impl Exports {
        fn new(services: &Services) -> Exports {
            let organizations = services.simulator.cloud_direct().organizations();
            Exports {
                folder: tempfile::tempdir().unwrap(),
                names: organizations
                    .into_iter()
                    .map(|one| (one.id, one.name))
                    .collect(),
            }
        }

        fn path(&self) -> &Path {
            self.folder.path()
        }

        fn is_windows_1252(&self, job: &Job) -> bool {
            windows_1252(&self.csv(std::slice::from_ref(job), ',', Times::Utc)).is_some()
        }

        /// A file that was last written so long ago.
        fn put(&self, name: &str, bytes: &[u8], ago: Duration) {
            self.put_at(name, bytes, |now| now - ago);
        }

        fn put_at(&self, name: &str, bytes: &[u8], at: impl FnOnce(SystemTime) -> SystemTime) {
            let path = self.path().join(name);
            fs::write(&path, bytes).unwrap();
            let written = fs::metadata(&path).unwrap().modified().unwrap();
            let file = File::options().append(true).open(&path).unwrap();
            file.set_modified(at(written)).unwrap();
        }

        fn csv(&self, jobs: &[Job], separator: char, times: Times) -> String {
            let mut text = COLUMNS.join(&separator.to_string());
            text.push_str("\r\n");
            for job in jobs {
                let fields = [
                    job.id.clone(),
                    job.organization_id.clone(),
                    self.names[&job.organization_id].clone(),
                    job.system.clone(),
                    job.task.clone().unwrap_or_default(),
                    kind(job),
                    job.status.clone(),
                    moment(job.started_at.unwrap(), times),
                    moment(job.finished_at.unwrap(), times),
                    job.warning_count.to_string(),
                    job.error_count.to_string(),
                    job.message.clone().unwrap_or_default(),
                ]
                .map(|field| quoted(&field, separator));
                text.push_str(&fields.join(&separator.to_string()));
                text.push_str("\r\n");
            }
            text
        }

        fn jsonl(&self, jobs: &[Job]) -> String {
            let line = |job: &Job| {
                let record = serde_json::json!({
                    "job_id": job.id,
                    "organization": job.organization_id,
                    "organization_name": self.names[&job.organization_id],
                    "system": job.system,
                    "task": job.task,
                    "kind": kind(job),
                    "status": job.status,
                    "started_at": job.started_at,
                    "finished_at": job.finished_at,
                    "warning_count": job.warning_count,
                    "error_count": job.error_count,
                    "message": job.message,
                });
                format!("{record}\n")
            };
            jobs.iter().map(line).collect()
        }
    }

    fn kind(job: &Job) -> String {
        let kind = serde_json::to_value(job.kind).unwrap();
        kind.as_str().unwrap().to_owned()
    }

    fn moment(at: jiff::Timestamp, times: Times) -> String {
        match times {
            Times::Utc => at.to_string(),
            Times::Local => {
                let zone = TimeZone::get(ZONE).unwrap();
                let local = zone.to_datetime(at);
                // In the hour that comes twice a clock does not tell which one it is.
                if zone.to_ambiguous_timestamp(local).is_ambiguous() {
                    return at.to_string();
                }
                local.strftime("%Y-%m-%d %H:%M:%S").to_string()
            }
        }
    }

    fn quoted(field: &str, separator: char) -> String {
        if field.contains([separator, '"', '\n', '\r']) {
            format!("\"{}\"", field.replace('"', "\"\""))
        } else {
            field.to_owned()
        }
    }

    fn utf16(text: &str) -> Vec<u8> {
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect()
    }

    /// Windows-1252, as far as it is Latin-1 and the dash.
    fn windows_1252(text: &str) -> Option<Vec<u8>> {
        let byte = |letter: char| match letter {
            '\u{2013}' => Some(0x96),
            letter => u8::try_from(letter)
                .ok()
                .filter(|byte| !(0x80..0xa0).contains(byte)),
        };
        text.chars().map(byte).collect()
    }

    const OLD: Duration = Duration::from_hours(48);

    fn sync(app: &App, code: i32) -> Ran {
        let begun = std::time::Instant::now();
        let ran = app.run(&["sync", "--once", "--json"]).ended_with(code);
        println!(
            "{} jobs read, {} new, {} tickets in {:.1} s",
            ran.count("jobsReceived"),
            ran.count("jobsNew"),
            ran.count("sent"),
            begun.elapsed().as_secs_f64()
        );
        ran
    }

    #[track_caller]
    fn assert_named_once(ran: &Ran, line: &str) {
        let json = ran.json();
        let notices = json["notices"].as_array().unwrap();
        let named = notices
            .iter()
            .filter(|notice| notice.as_str().unwrap().starts_with(line));
        assert_eq!(named.count(), 1, "{line} {notices:#?}");
    }

    #[test]
    fn a_folder_of_awkward_exports_makes_each_ticket_once_and_names_each_bad_line() {
        for api in BOTH {
            let services = Services::start(CUSTOMERS, JOBS, Config::default());
            let exports = Exports::new(&services);
            let mut jobs = services.jobs();
            // The one file in which not every letter can be written.
            let at = jobs.len() / 6;
            let mut western: Vec<Job> = jobs
                .extract_if(.., |job| exports.is_windows_1252(job))
                .collect();
            jobs.extend(western.split_off(at));
            let parts: Vec<&[Job]> = jobs.chunks(jobs.len().div_ceil(6)).collect();
            let [bom, wide, semicolons, lines, half, late] = parts[..] else {
                panic!("{} parts", parts.len());
            };

            let text = format!("\u{feff}{}", exports.csv(bom, ',', Times::Utc));
            exports.put("jobs-1-bom.csv", text.as_bytes(), OLD);
            let text = utf16(&exports.csv(wide, '\t', Times::Utc));
            exports.put("jobs-2-utf16.csv", &text, OLD);
            // A bad line after a record that has line breaks within a field.
            let mut text = exports.csv(semicolons, ';', Times::Local);
            let broken = text.matches('\n').count() + 1;
            text.push_str("x;org-0001;Nobody;SRV;t;backup;failed;;someday;0;1;no such time\r\n");
            text.push_str("x;org-0001\r\n");
            exports.put("Jobs-3-semicolons.CSV", text.as_bytes(), OLD);
            let text = windows_1252(&exports.csv(&western, ';', Times::Utc)).unwrap();
            assert!(std::str::from_utf8(&text).is_err(), "not UTF-8");
            exports.put("jobs-4-windows.csv", &text, OLD);
            let text = format!(
                "{{\"organization\": \"org-0001\", \"system\"\n{}{{\"no\": \"job\"}}\n",
                exports.jsonl(lines)
            );
            exports.put("jobs-5.jsonl", text.as_bytes(), OLD);
            // Written a while ago, but not to its end: in the middle of a record.
            let whole_half = exports.csv(half, ',', Times::Utc);
            let mut middle = whole_half.len() / 2;
            while !whole_half.is_char_boundary(middle) || whole_half[..middle].ends_with('\n') {
                middle += 1;
            }
            exports.put(
                "jobs-6-half.csv",
                &whole_half.as_bytes()[..middle],
                Duration::from_secs(60),
            );
            // Written this very moment, by a computer whose clock is ahead: so it stays fresh however
            // long it takes until it is looked at.
            let whole_late = exports.jsonl(late);
            exports.put_at(
                "jobs-7-late.jsonl",
                &whole_late.as_bytes()[..whole_late.len() / 3],
                |now| now + Duration::from_hours(1),
            );
            // Jobs that are in another file, too; and files that are none.
            let text = exports.csv(&bom[..100], ',', Times::Local);
            exports.put("jobs-8-again.csv", text.as_bytes(), OLD);
            exports.put("readme.txt", b"not an export", OLD);
            exports.put("jobs-9.csv", b"name,colour\nx,red\n", OLD);

            let app = App::new();
            let settings = services.settings(api, Source::Folder(exports.path()), ALL);
            app.configure(&settings).ended_with(0);
            app.run(&["test"]).ended_with(0);

            let first = sync(&app, 1);
            assert_eq!(first.err, "", "notices come once");
            assert_eq!(first.count("leftOut"), 5);
            let bad = [
                format!("Jobs-3-semicolons.CSV, line {broken}: "),
                format!("Jobs-3-semicolons.CSV, line {}: ", broken + 1),
                "jobs-5.jsonl, line 1: ".to_owned(),
                format!("jobs-5.jsonl, line {}: ", lines.len() + 2),
            ];
            for line in &bad {
                assert_named_once(&first, line);
            }
            assert_named_once(&first, "jobs-9.csv was not read: ");
            assert_named_once(&first, "jobs-6-half.csv is still being written");
            assert_named_once(&first, "jobs-7-late.jsonl is still being written");
            let notices = first.json()["notices"].as_array().unwrap().len();
            assert_eq!(notices, bad.len() + 3, "{first}");

            // They are still there to be read later, but for what is over by itself.
            let activity = app.run(&["activity"]).ended_with(0);
            for line in &bad {
                assert!(activity.err.contains(line), "{line} {activity}");
            }
            assert!(!activity.err.contains("still being written"), "{activity}");

            // All that was whole has its ticket already.
            let count = |jobs: &[Job]| jobs.iter().filter(|job| makes_ticket(job)).count();
            let made = services.made();
            let missing = JOBS - made;
            assert!(missing >= count(late), "nothing of the file that grows");
            assert!(missing <= count(late) + count(half), "{missing}");

            exports.put("jobs-6-half.csv", whole_half.as_bytes(), OLD);
            exports.put("jobs-7-late.jsonl", whole_late.as_bytes(), OLD);
            // The lines are known, and the file that was not read is told until it is gone.
            let second = sync(&app, 1);
            assert_eq!(second.count("sent"), missing as u64, "{second}");
            assert_eq!(tickets::assert_one_each(&services, ALL), JOBS);

            // The same file under another name is known by its content.
            exports.put("jobs-moved.csv", whole_half.as_bytes(), OLD);
            fs::remove_file(exports.path().join("jobs-9.csv")).unwrap();
            let third = sync(&app, 0);
            assert_eq!((third.count("sent"), third.count("jobsNew")), (0, 0));
            assert_eq!(services.made(), JOBS);
        }
    }

    #[test]
    fn a_folder_that_is_not_there_is_told_and_the_rest_is_kept() {
        let services = Services::with_jobs(3, 10);
        let exports = Exports::new(&services);
        let app = App::new();
        let text = exports.csv(&services.jobs(), ',', Times::Utc);
        exports.put("jobs.csv", text.as_bytes(), OLD);
        let settings = services.settings(BOTH[0], Source::Folder(exports.path()), ALL);
        app.configure(&settings).ended_with(0);
        app.run(&["test"]).ended_with(0);
        let moved = exports.path().with_extension("moved");
        fs::rename(exports.path(), &moved).unwrap();

        let sync = app.run(&["sync", "--once"]).ended_with(1);
        assert!(sync.err.contains("Problem: "), "{sync}");
        assert!(
            sync.err.contains(exports.path().to_str().unwrap()),
            "{sync}"
        );
        assert_eq!(services.made(), 0);

        fs::rename(&moved, exports.path()).unwrap();
        app.run(&["sync", "--once"]).ended_with(0);
        assert_eq!(tickets::assert_one_each(&services, ALL), 10);
    }
}
