use super::*;

#[test]
fn the_example_is_a_settings_file_that_can_be_used() {
    let file = parse_file(EXAMPLE).unwrap();
    assert_eq!(file.settings.autotask.zone, ZoneChoice::Auto);
    assert_eq!(file.settings.autotask.zone_lookup, ZONE_LOOKUP);
    let alerts = file.settings.alerts.unwrap();
    assert_eq!(alerts.error.priority, Some(Pick::Label("High".to_owned())));
    assert!(!alerts.success.enabled && alerts.digest.days_due.is_none());
    assert_eq!(file.mapping.len(), 2);
    assert_eq!(file.mapping[1].excluded.as_deref(), Some("our own"));
}

/// Everything that the example sets or mentions exists, so uncommenting a line must not break it.
#[test]
fn the_examples_commented_settings_can_be_used_too() {
    let whole: String = EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(setting) if setting.contains(" = ") && !setting.contains("  ") => setting,
            _ => line,
        })
        .map(|line| format!("{line}\n"))
        .collect();
    let file = parse_file(&whole).unwrap();
    assert!(file.settings.cloud_direct.folder.is_some());
    assert_eq!(
        file.settings.cloud_direct.date_order,
        cloud_direct::DateOrder::DayFirst
    );
    assert!(file.settings.alerts.unwrap().jobs_since.is_some());
}

#[test]
fn what_is_saved_as_json_is_read_as_it_was() {
    let settings = parse_file(EXAMPLE).unwrap().settings;
    let json = serde_json::to_string(&settings).unwrap();
    assert_eq!(serde_json::from_str::<Settings>(&json).unwrap(), settings);
}

/// A file that can be used, with lines of its own at the end.
fn with(lines: &str) -> String {
    format!(
        "[autotask]\nusername = \"a@b.example\"\ntracking_identifier = \"T\"\n\
         [cloud_direct]\naddress = \"https://portal.example\"\n{lines}"
    )
}

#[test]
fn a_mistake_is_named_with_its_line_and_setting() {
    let table = [
        (
            "overlap = 5\n",
            "Line 6, cloud_direct.overlap: There is no such setting.",
        ),
        (
            "overlap_minutes = \"long\"\n",
            "Line 6, cloud_direct.overlap_minutes: Write a whole number from 0 to 10080.",
        ),
        (
            "[general]\ncheck_every_minutes = 0\n",
            "Line 7, general.check_every_minutes: 1 to 1440",
        ),
        (
            "[general]\nquota_share = 0\n",
            "Line 7, general.quota_share: 10 to 100",
        ),
        (
            "[general]\nquota_share = \"80 %\"\n",
            "Line 7, general.quota_share: Write a whole number of percent, from 10 to 100",
        ),
        (
            "[general]\nkeep_ledger_days = 89\n",
            "Line 7, general.keep_ledger_days: 90 to 3650 days.",
        ),
        (
            "[general]\nkeep_ledger_days = 3651\n",
            "Line 7, general.keep_ledger_days: 90 to 3650 days.",
        ),
        (
            "[general]\nkeep_ledger_days = \"two years\"\n",
            "Line 7, general.keep_ledger_days: Write a whole number of days, from 90 to 3650.",
        ),
        (
            "[general]\ntime_zone = \"Mars/Base\"\n",
            "Line 7, general.time_zone: This is not a time zone",
        ),
        (
            "[alerts.error]\nenabled = true\ndays_due = 400\n",
            "Line 8, alerts.error.days_due: Days Due is at most 365.",
        ),
        (
            "[alerts.error]\nenabled = true\n",
            "Line 6, alerts.error.days_due: Days Due is missing",
        ),
        (
            "[billing]\ntime = \"25:00\"\n",
            "Line 7, billing.time: Write a time of day in quotes, HH:MM",
        ),
        (
            "[billing]\ninvoice_day = 32\n",
            "Line 7, billing.invoice_day: The invoice day is",
        ),
        (
            "[billing]\nblock = 0\n",
            "Line 7, billing.block: A block is 1 to 1000000 units.",
        ),
        (
            "[billing]\nblock = \"ten\"\n",
            "Line 7, billing.block: Write a whole number from 1 to 1000000.",
        ),
        (
            "[billing]\nmax_age_days = 32\n",
            "Line 7, billing.max_age_days: 0 to 31 days.",
        ),
        (
            "[billing]\nincluded = 4000000000\n",
            "Line 7, billing.included: At most 1000000000 units.",
        ),
        (
            "[billing]\nincluded = -1\n",
            "Line 7, billing.included: Write a whole number from 0 up.",
        ),
        (
            "[billing]\nmetric = \" \"\n",
            "Line 7, billing.metric: The name of the measurement is missing.",
        ),
        (
            "[billing]\nexpired = \"bill\"\n",
            "Line 7, billing.expired: Write \"leave\", \"measured\" or \"zero\".",
        ),
        (
            "[billing]\neffective = \"now\"\n",
            "Line 7, billing.effective: Write \"begins\" or \"closes\".",
        ),
        (
            "[[mapping]]\norganization = \"x\"\n",
            "Line 6, mapping.0.account: The account is missing.",
        ),
        (
            "[[mapping]]\naccount = 1\n",
            "Line 6, mapping.0.organization: The organization is missing.",
        ),
        (
            "[alerts.error]\ndays_due = 70000\n",
            "Line 7, alerts.error.days_due: Write a whole number from 0 to 365.",
        ),
        (
            "[alerts]\nerror = { queue = true }\n",
            "Line 7, alerts.error.queue: Write the value's number, or its label",
        ),
        ("[billing]\n[billing]\n", "Line 7: This is there twice."),
        ("[mapping\n", "Line 6: This cannot be read."),
    ];
    for (lines, expected) in table {
        let error = parse_file(&with(lines)).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{lines:?}: {error}");
    }
}

#[test]
fn a_mapping_that_contradicts_itself_is_refused() {
    let refused = [
        ("account = -4", "mapping.0.account"),
        ("account = 3\nexcluded = \"ours\"", "mapping.0.excluded"),
        ("account = 3\ncontract = 0", "mapping.0.contract"),
        (
            "account = 3\ncontract = 1\nservice = -1",
            "mapping.0.service",
        ),
        ("account = 3\nservice = 1", "mapping.0.contract"),
        (
            "account = 3\n[[mapping]]\norganization = \" X\"\naccount = 4",
            "mapping.1.organization",
        ),
    ];
    for (lines, field) in refused {
        let text = with(&format!("[[mapping]]\norganization = \"x\"\n{lines}\n"));
        let error = parse_file(&text).unwrap_err();
        assert_eq!(error.field.as_deref(), Some(field), "{lines}: {error}");
    }
    // Account 0 is the tenant's own company.
    let own = with("[[mapping]]\norganization = \"x\"\naccount = 0\ncontract = 1\nservice = 2\n");
    assert_eq!(parse_file(&own).unwrap().mapping[0].account, Some(0));
}

#[test]
fn addresses_are_https_or_this_computer() {
    let address = |address: &str| {
        let cloud_direct = CloudDirect {
            address: address.to_owned(),
            ..CloudDirect::default()
        };
        cloud_direct.validate().map_err(|error| error.field)
    };
    for good in [
        "https://portal.example/",
        "http://127.0.0.1:8080",
        "http://localhost",
        "http://[::1]/",
    ] {
        assert_eq!(address(good), Ok(()), "{good}");
    }
    for bad in [
        "",
        "portal",
        "http://portal.example",
        "ftp://127.0.0.1",
        "https://a:b@portal.example",
    ] {
        assert_eq!(
            address(bad),
            Err(Some("cloud_direct.address".to_owned())),
            "{bad}"
        );
    }
}

#[test]
fn a_secret_in_the_file_is_refused_and_no_part_of_it_is_repeated() {
    for lines in [
        "password = \"canary\"\n",
        "token = \"canary\"\n",
        "overlap_minutes = \"canary\"\n",
        "overlap_minutes = \"x\\\"canary\"\n",
        "overlap_minutes = \"\"\"\n  x\ncanary=\"\"\"\n",
        "overlap_minutes = \"\"\"\ncanary=\\q\"\"\"\n",
        "source = \"canary\"\n",
        "source = \"x`canary\"\n",
        "canary\n",
        "canary=\n",
        "[alerts.error]\ndays_due = \"x\\\"canary\"\n",
        "[alerts]\njobs_since = \"canary 2026\"\n",
        "[alerts]\njobs_since = \"2026-11-01 canary\"\n",
        "[alerts.error]\nqueue = { canary = 1 }\n",
        "[general]\ntime_zone = \"canary\"\n",
        "[[mapping]]\norganization = \"x\"\naccount = \"canary\"\n",
    ] {
        let error = parse_file(&with(lines)).unwrap_err();
        let said = format!("{error} {error:?}");
        for part in ["canar", "anary"] {
            assert!(!said.contains(part), "{lines}: {error}");
        }
    }
    let zone = with("").replace("tracking", "zone = \"canary\"\ntracking");
    let error = parse_file(&zone).unwrap_err().to_string();
    assert!(
        error.contains("zone") && !error.contains("canary"),
        "{error}"
    );
    let error = parse_file(&with("password = \"x\"\n"))
        .unwrap_err()
        .to_string();
    assert!(error.contains("AUTOTASK_PASSWORD"), "{error}");
}
