//! Zone look-up, login, tracking identifier, rights.

use serde_json::json;

use crate::bench::{Bench, config, texts};

#[tokio::test]
async fn the_zone_of_a_known_domain_is_found_without_credentials() {
    let bench = Bench::start().await;
    let base = bench.simulator.addresses().autotask.clone();
    for path in [
        "atservicesrest/v1.0/zoneInformation?user=api@demo-partner.example",
        "ATServicesRest//V1.0/ZoneInformation?user=somebody@DEMO-PARTNER.EXAMPLE",
    ] {
        let response = bench
            .http
            .get(format!("{base}{path}"))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), 200);
        let zone: serde_json::Value = response.json().await.unwrap();
        assert_eq!(zone["url"], format!("{base}ATServicesRest/"));
    }
    let unknown = format!("{base}atservicesrest/v1.0/zoneInformation?user=api@elsewhere.example");
    let response = bench.http.get(unknown).send().await.unwrap();
    assert_eq!(response.status(), 500);
    assert_eq!(
        response.text().await.unwrap(),
        r#"{"errors":["Zone information could not be determined"]}"#
    );
}

#[tokio::test]
async fn soap_tells_the_zone_and_minus_one_for_an_unknown_domain() {
    let bench = Bench::start().await;
    let base = bench.simulator.addresses().autotask.clone();
    let (status, known) = bench
        .soap(
            "getZoneInfo",
            "<UserName>api@demo-partner.example</UserName>",
        )
        .await;
    assert_eq!(status, 200);
    assert_eq!(
        texts(&known, "URL"),
        [format!("{base}ATServices/1.6/atws.asmx")]
    );
    assert_eq!(texts(&known, "ErrorCode"), ["0"]);
    let (_, unknown) = bench
        .soap("getZoneInfo", "<UserName>api@elsewhere.example</UserName>")
        .await;
    assert_eq!(texts(&unknown, "ErrorCode"), ["-1"]);
}

async fn with_login(bench: &Bench, username: &str, password: &str, code: &str) -> (u16, String) {
    let url = format!(
        "{}ATServicesRest/V1.0/ThresholdInformation",
        bench.simulator.addresses().autotask
    );
    let request = bench
        .http
        .get(url)
        .header("username", username)
        .header("secret", password);
    let response = request
        .header("ApiIntegrationcode", code)
        .send()
        .await
        .unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test]
async fn logins_are_refused_as_the_vendor_does() {
    let bench = Bench::start().await;
    let logins = bench.simulator.logins().clone();
    let (user, password, code) = (
        &logins.username,
        &logins.password,
        &logins.tracking_identifier,
    );
    assert_eq!(with_login(&bench, user, password, code).await.0, 200);
    assert_eq!(
        with_login(&bench, user, "wrong", code).await,
        (401, String::new())
    );
    let (status, body) = with_login(&bench, user, password, "NOTTHEIDENTIFIER").await;
    assert_eq!(
        (status, body.contains("IntegrationCode is invalid")),
        (500, true)
    );
    assert_eq!(
        with_login(&bench, "nobody@demo-partner.example", password, code)
            .await
            .0,
        500
    );
    for _ in 0..5 {
        with_login(&bench, user, "wrong", code).await;
    }
    assert!(bench.simulator.autotask().user_locked());
    let (status, body) = with_login(&bench, user, password, code).await;
    assert_eq!(status, 500);
    assert!(
        body.contains("The user account has been locked.  Please see your Autotask Administrator"),
        "{body}"
    );
    bench.simulator.autotask().set_user_locked(false);
    assert_eq!(with_login(&bench, user, password, code).await.0, 200);
}

#[tokio::test]
async fn soap_refuses_a_password_with_401_and_a_tracking_identifier_with_a_message() {
    let bench = Bench::with(simulator::Config {
        tracking_identifier: "WRITTENDIFFERENTLY000000001".into(),
        ..config()
    })
    .await;
    let url = format!(
        "{}atservices/1.6/ATWS.asmx",
        bench.simulator.addresses().autotask
    );
    let call = |password: &str| {
        bench.http.post(&url).basic_auth("api@demo-partner.example", Some(password)).body(
            "<Envelope><Header><AutotaskIntegrations><IntegrationCode>X</IntegrationCode></AutotaskIntegrations></Header>\
             <Body><getThresholdAndUsageInfo/></Body></Envelope>",
        )
    };
    let response = call("wrong").send().await.unwrap();
    assert_eq!(response.status(), 401);
    assert!(!response.text().await.unwrap().contains("Envelope"));
    let response = call("demo-password").send().await.unwrap();
    assert_eq!(response.status(), 200);
    let text = response.text().await.unwrap();
    assert_eq!(texts(&text, "ReturnCode"), ["-1"]);
    assert_eq!(texts(&text, "Message"), ["IntegrationCode is invalid."]);
}

#[tokio::test]
async fn a_right_that_is_taken_away_is_missed_in_both_transports() {
    let bench = Bench::start().await;
    bench
        .simulator
        .autotask()
        .set_rights("Tickets", true, false, true);
    bench
        .simulator
        .autotask()
        .set_rights("Account", false, true, true);
    let refused = bench.refused("Tickets", bench.ticket()).await;
    assert_eq!(
        refused,
        [
            "The logged in Resource does not have the adequate permissions to create this entity type."
        ]
    );
    let refused = bench
        .refused("Companies/query", json!({ "filter": [] }))
        .await;
    assert_eq!(
        refused,
        [
            "The logged in Resource does not have the adequate permissions to query this entity type."
        ]
    );
    let text = bench
        .soap_query(
            "Account",
            "<field>id<expression op=\"GreaterThan\">0</expression></field>",
        )
        .await;
    assert_eq!(texts(&text, "ReturnCode"), ["-1"]);

    let (_, info) = bench.get("Tickets/entityInformation").await;
    assert_eq!(
        (
            &info["info"]["userAccessForCreate"],
            &info["info"]["canCreate"]
        ),
        (&json!("None"), &json!(true))
    );
    let (_, text) = bench.soap("GetEntityInfo", "").await;
    let ticket = text
        .split("<EntityInfo>")
        .find(|info| info.contains("<Name>Ticket</Name>"))
        .unwrap();
    assert_eq!(texts(ticket, "UserAccessForCreate"), ["None"]);
}
