//! Logging in, and what a tenant tells about itself.

use autotask::{Api, Class, EntityKind, Error, Field, Options, find_zone};

use super::{client, client_as, simulator};

over_both! {
    async fn a_good_login_tells_the_quota(api: Api) {
        let simulator = simulator().await;
        let client = client(&simulator, api).await;
        let threshold = client.log_in().await.unwrap();
        assert_eq!((threshold.limit, threshold.timeframe_minutes), (10_000, 60));
        assert_eq!(client.calls(), 1);
    }

    async fn a_wrong_password_is_one_request(api: Api) {
        let simulator = simulator().await;
        let identifier = simulator.logins().tracking_identifier.clone();
        let client = client_as(&simulator, api, "wrong", &identifier).await;
        let before = simulator.journal().len();
        let error = client.log_in().await.unwrap_err();
        assert_eq!((error.code(), error.class()), ("login_refused", Class::Stop));
        assert_eq!(simulator.journal().len(), before + 1);
    }

    async fn a_wrong_tracking_identifier_is_told_from_a_wrong_password(api: Api) {
        let simulator = simulator().await;
        let password = simulator.logins().password.clone();
        let client = client_as(&simulator, api, &password, "WRONG").await;
        let error = client.log_in().await.unwrap_err();
        assert_eq!((error.code(), error.class()), ("tracking_identifier_invalid", Class::Stop));
    }

    async fn an_unknown_username_has_no_zone(api: Api) {
        let simulator = simulator().await;
        let lookup = &simulator.addresses().autotask;
        let error = find_zone(lookup, "nobody@unknown.example", api, &Options::default())
            .await
            .unwrap_err();
        assert!(matches!(error, Error::ZoneNotFound { .. }), "{error:?}");
    }

    async fn rights_and_picklists_are_told(api: Api) {
        let simulator = simulator().await;
        let client = client(&simulator, api).await;
        let tickets = client.rights(EntityKind::Ticket).await.unwrap();
        assert!(tickets.can_create && tickets.can_query && !tickets.can_delete);
        let units = client.rights(EntityKind::ContractServiceUnit).await.unwrap();
        assert!(!units.can_create && units.can_query);

        let fields = client.fields(EntityKind::Ticket).await.unwrap();
        let queue = Field::named(&fields, "queueID").unwrap();
        let queues = simulator.autotask().queues();
        assert!(queue.is_picklist);
        assert_eq!(queue.picklist.len(), queues.len());
        for (value, queue) in queue.picklist.iter().zip(queues) {
            assert_eq!(value.value, queue.id.to_string());
            assert_eq!((value.label.as_str(), value.active), (queue.label.as_str(), queue.active));
        }
        assert_eq!(Field::named(&fields, "title").unwrap().length, Some(255));
        assert!(Field::named(&fields, "companyID").unwrap().required);
    }

    async fn a_ticket_has_a_link(api: Api) {
        let simulator = simulator().await;
        let client = client(&simulator, api).await;
        let link = client.ticket_link(7872).unwrap();
        assert!(link.path().ends_with("/Mvc/ServiceDesk/TicketDetail.mvc"));
        assert_eq!(link.query(), Some("workspace=False&ticketId=7872"));
    }
}
