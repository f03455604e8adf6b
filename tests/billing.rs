//! Billable usage through the command line: look, post, read back, compare, correct.

#[cfg(test)]
mod harness;

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::Value;

    use crate::harness::services::{Api, BOTH, Services, Source};
    use crate::harness::{App, Ran, Running};

    struct Partner {
        app: App,
        services: Services,
    }

    impl Partner {
        /// Logins tested, three organizations mapped to their service, and measured.
        fn new(api: Api, billing: &str) -> Partner {
            let services = Services::with_jobs(3, 0);
            let app = App::new();
            let settings = services.settings_with_billing(api, Source::Portal, billing);
            app.configure(&settings).ended_with(0);
            app.run(&["test"]).ended_with(0);
            app.run(&["sync", "--once"]).ended_with(0);
            Partner { app, services }
        }

        fn billing(&self, arguments: &[&str]) -> Ran {
            let mut all = vec!["--json", "billing"];
            all.extend_from_slice(arguments);
            self.app.run(&all)
        }

        /// The units of the first organization's service on a day.
        fn units(&self, day: &str) -> i64 {
            let day: jiff::civil::Date = day.parse().unwrap();
            let door = self.services.simulator.autotask();
            let company = door.companies()[1].id;
            let contracts = door.contracts();
            let contract = contracts
                .iter()
                .find(|one| one.company_id == company && one.name == "Cloud Backup")
                .unwrap();
            let line = door
                .contract_services()
                .into_iter()
                .find(|line| line.contract_id == contract.id)
                .unwrap();
            door.contract_service_units()
                .into_iter()
                .find(|row| {
                    row.contract_service_id == line.id
                        && row.start <= Some(day)
                        && Some(day) <= row.end
                })
                .unwrap()
                .units
        }

        fn adjustments(&self) -> usize {
            let calls = self.services.simulator.journal();
            calls
                .iter()
                .filter(|call| {
                    call.entity == Some("ContractServiceAdjustments") && call.operation == "create"
                })
                .count()
        }
    }

    fn line<'a>(of: &'a Value, id: &str) -> &'a Value {
        let lines = of["lines"].as_array().unwrap();
        lines
            .iter()
            .find(|line| line["organizationId"] == id)
            .unwrap()
    }

    #[test]
    fn from_the_preview_to_verified_units_to_a_correction() {
        for api in BOTH {
            let partner = Partner::new(api, "approval = \"hold_always\"");
            let preview = partner.billing(&["preview"]).ended_with(0).json();
            let date = preview["invoiceDate"].as_str().unwrap().to_owned();
            let first = line(&preview, "org-0001");
            let (now, wanted) = (
                first["unitsNow"].as_i64().unwrap(),
                first["unitsToBe"].as_i64().unwrap(),
            );
            let effective = first["effective"].as_str().unwrap().to_owned();
            assert_eq!(first["change"], wanted - now);
            assert_eq!(partner.units(&effective), now);
            assert!(
                first["hold"].is_string() && first["blocked"].is_null(),
                "{first}"
            );
            assert_eq!(first["sum"]["units"], wanted);
            assert_eq!(partner.adjustments(), 0);

            partner.app.run(&["pause"]).ended_with(0);
            let paused = partner.billing(&["post", "--date", &date]).ended_with(1);
            assert!(
                paused.err.contains("Paused") || paused.out.contains("Paused"),
                "{paused}"
            );
            partner.app.run(&["resume"]).ended_with(0);
            assert_eq!(partner.adjustments(), 0);

            let ran = partner.billing(&["post"]).ended_with(2);
            let message = ran.json()["error"]["message"].as_str().unwrap().to_owned();
            assert!(message.contains(&format!("--date {date}")), "{message}");
            let posted = partner
                .billing(&["post", "--date", &date, "--settle", "1"])
                .ended_with(0)
                .json();
            assert_eq!(posted["report"]["verified"], 3, "{posted}");
            assert_eq!(partner.units(&effective), wanted);
            let record = &line(&posted, "org-0001")["record"];
            assert_eq!(record["state"], "verified");
            let again = partner
                .billing(&["post", "--date", &date, "--settle", "1"])
                .json();
            assert_eq!(again["report"]["posted"], 0);
            assert_eq!(
                partner.billing(&["verify"]).ended_with(0).json()["needsReview"],
                0
            );

            let ids = ["--organization", "org-0001", "--date", &date];
            let plan = partner.billing(&[&["correct"], &ids[..]].concat());
            let plan = plan.ended_with(0).json();
            assert_eq!(
                (&plan["unitsToBe"], &plan["unitsNow"]),
                (&now.into(), &wanted.into())
            );
            assert_eq!(partner.units(&effective), wanted, "nothing was sent");
            let done = partner
                .billing(&[&["correct", "--confirm", "--settle", "1"], &ids[..]].concat())
                .ended_with(0)
                .json();
            assert_eq!(done["record"]["state"], "verified", "{done}");
            let from = done["effective"].as_str().unwrap();
            assert_eq!(partner.units(from), now);
        }
    }

    #[test]
    fn the_reconciliation_compares_and_writes_csv_and_statements() {
        let partner = Partner::new(Api::Rest, "approval = \"post_by_itself\"");
        let preview = partner.billing(&["preview"]).json();
        let date = preview["invoiceDate"].as_str().unwrap().to_owned();
        partner
            .billing(&[
                "post",
                "--date",
                &date,
                "--organization",
                "org-0001",
                "--settle",
                "1",
            ])
            .ended_with(0);
        let csv = partner.app.home().join("reconciliation.csv");
        let compared = partner
            .billing(&["reconcile", "--date", &date, "--csv", csv.to_str().unwrap()])
            .ended_with(1)
            .json();
        assert_eq!(
            line(&compared, "org-0001")["outcome"],
            "agrees",
            "{compared}"
        );
        assert_eq!(line(&compared, "org-0002")["outcome"], "never_posted");
        assert_eq!(compared["totals"]["never_posted"], 2);
        let text = fs::read_to_string(&csv).unwrap();
        assert_eq!(text.lines().count(), 4);
        assert!(
            text.lines()
                .next()
                .unwrap()
                .starts_with("invoice_date,organization_id")
        );

        let folder = partner.app.home().join("statements");
        let ran = partner.app.run(&[
            "billing",
            "reconcile",
            "--date",
            &date,
            "--html",
            folder.to_str().unwrap(),
        ]);
        assert!(ran.out.contains("agrees"), "{ran}");
        let names: Vec<String> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(names, [format!("statement-{date}-org-0001.html")]);
        let page = fs::read_to_string(folder.join(&names[0])).unwrap();
        assert!(
            page.contains("Units posted") && !page.contains("http://"),
            "{page}"
        );
    }

    #[test]
    fn a_figure_by_hand_is_marked_wherever_it_is_shown() {
        let partner = Partner::new(Api::Rest, "");
        let entered = partner
            .billing(&[
                "measure",
                "--organization",
                "org-0001",
                "--bytes",
                "42000000000",
                "--reason",
                "agreed on the phone",
            ])
            .ended_with(0)
            .json();
        assert_eq!(entered["byHand"], "agreed on the phone");
        let preview = partner.billing(&["preview", "--organization", "org-0001"]);
        let preview = preview.ended_with(0).json();
        let first = line(&preview, "org-0001");
        assert_eq!(first["unitsToBe"], 42);
        assert_eq!(first["figure"]["byHand"], "agreed on the phone");
        let told = partner
            .app
            .run(&["billing", "preview", "--organization", "org-0001"]);
        assert!(told.out.contains("42000000000 bytes by hand"), "{told}");
        assert!(
            told.out.contains("Entered by hand: agreed on the phone"),
            "{told}"
        );
        let unknown = [
            "measure",
            "--organization",
            "org-9",
            "--bytes",
            "1",
            "--reason",
            "x",
        ];
        partner.billing(&unknown).ended_with(2);
        let nobody = ["preview", "--organization", "org-9"];
        partner.billing(&nobody).ended_with(2);
    }

    #[test]
    fn looking_works_while_the_app_runs_and_posting_says_why_it_does_not() {
        let partner = Partner::new(Api::Rest, "");
        let mut running = Running::start(partner.app.command(&["sync", "--json"]));
        running.first_line();
        let ran = partner.billing(&["post", "--date", "2026-11-30"]);
        assert_eq!(ran.code, 1, "{ran}");
        let preview = partner.billing(&["preview"]).ended_with(0).json();
        assert_eq!(preview["lines"].as_array().unwrap().len(), 3);
        drop(running);
    }

    #[test]
    fn on_its_date_a_rehearsed_sync_posts_by_itself() {
        let partner = Partner::new(Api::Soap, "approval = \"post_by_itself\"");
        let preview = partner.billing(&["preview"]).json();
        let (date, at) = (
            preview["invoiceDate"].as_str().unwrap().to_owned(),
            preview["at"].as_str().unwrap().to_owned(),
        );
        let moment: jiff::Timestamp = at.parse().unwrap();
        let by = moment.duration_since(partner.services.simulator.now());
        partner
            .services
            .simulator
            .advance(std::time::Duration::try_from(by).unwrap());
        partner
            .app
            .run(&["sync", "--once", "--now", &at, "--settle", "1"])
            .ended_with(0);
        let lines = partner.billing(&["preview", "--date", &date]).json();
        let first = line(&lines, "org-0001");
        assert_eq!(first["record"]["state"], "verified", "{first}");
        let effective = first["effective"].as_str().unwrap();
        assert_eq!(
            partner.units(effective),
            first["unitsToBe"].as_i64().unwrap()
        );
    }
}
