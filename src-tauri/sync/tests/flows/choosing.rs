//! Accounts, contracts and services to choose from.

use sync::{
    accounts,
    clock::Clock as _,
    mapping::{self, Input, MappingError, State},
    store::Named,
};

use crate::world::{BOTH, World, config};

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_is_mapped_to_an_account_a_contract_and_a_service_that_belong_together() {
    for api in BOTH {
        let world = World::new(api, config(6, 0)).await;
        let (store, client, now) = (&world.store, &world.connection.autotask, world.clock.now());
        let autotask = world.simulator.autotask();
        let line = autotask.contract_services().into_iter().next().unwrap();
        let contract = autotask
            .contracts()
            .into_iter()
            .find(|contract| contract.id == line.contract_id)
            .unwrap();
        let company = autotask
            .companies()
            .into_iter()
            .find(|company| company.id == contract.company_id)
            .unwrap();

        let found = accounts::search(store, client, &company.name[..4], 50, now)
            .await
            .unwrap();
        assert!(found.contains(&Named {
            id: company.id,
            name: company.name.clone(),
            active: true
        }));
        assert!(found.iter().all(|account| {
            account
                .name
                .to_lowercase()
                .contains(&company.name[..4].to_lowercase())
        }));
        let contracts = accounts::contracts_of(store, client, company.id, now)
            .await
            .unwrap();
        assert!(
            contracts
                .iter()
                .any(|named| named.id == contract.id && named.name == contract.name)
        );
        let services = accounts::services_of(store, client, contract.id, now)
            .await
            .unwrap();
        let service = services.iter().find(|named| named.id == line.id).unwrap();
        assert!(!service.name.starts_with("Service "), "{service:?}");

        let organization_id = store.organizations().unwrap()[0].id.clone();
        let mut input = Input {
            organization_id,
            account: Some(company.id),
            contract: Some(contract.id),
            service: Some(line.id),
            excluded: None,
        };
        let names = mapping::look_up_names(store, client, &input, now)
            .await
            .unwrap();
        let row = mapping::save(store, &input, &names, now).unwrap();
        assert_eq!(
            (row.state, row.account.unwrap().name),
            (State::Mapped, company.name)
        );

        input.service = Some(1);
        let answer = mapping::look_up_names(store, client, &input, now).await;
        assert!(
            matches!(answer, Err(MappingError::OtherService { .. })),
            "{answer:?}"
        );
        input.contract = Some(1);
        let answer = mapping::look_up_names(store, client, &input, now).await;
        assert!(
            matches!(answer, Err(MappingError::OtherContract { .. })),
            "{answer:?}"
        );
        input.account = Some(1);
        let answer = mapping::look_up_names(store, client, &input, now).await;
        assert!(
            matches!(answer, Err(MappingError::UnknownAccount(1))),
            "{answer:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn most_organizations_find_their_company_by_name_and_none_a_wrong_one() {
    let world = World::new(sync::settings::Api::Rest, config(200, 0)).await;
    let accounts = accounts::all(&world.store, &world.connection.autotask, world.clock.now())
        .await
        .unwrap();
    let organizations = world.store.organizations().unwrap();
    let suggestions = mapping::suggest(&organizations, &accounts);
    assert!(suggestions.len() > 150, "{} of 200", suggestions.len());
    for suggestion in &suggestions {
        let words = |name: &str| mapping::normal_name(name);
        let first = |name: &str| words(name).split(' ').next().map(str::to_owned);
        assert_eq!(
            first(&suggestion.organization).map(|word| word.chars().take(2).collect::<String>()),
            first(&suggestion.account.name).map(|word| word.chars().take(2).collect()),
            "{suggestion:?}"
        );
    }
}
