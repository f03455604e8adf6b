//! The table of entities against the vendor's own description, where it is at hand.

use std::path::PathBuf;

use serde_json::Value as Json;

use crate::bench::{Bench, texts};

/// A file of the material; none, with a word about it, where there is none. Where everything must
/// be tested, that is a failure.
pub fn material(name: &str) -> Option<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/autotask")
        .join(name);
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "{} is missing",
            path.display()
        );
        println!("skipped: {} is not there", path.display());
    }
    text
}

const ENTITIES: [&str; 10] = [
    "Ticket",
    "TicketNote",
    "TicketCategory",
    "Account",
    "Contract",
    "ContractService",
    "ContractServiceUnit",
    "ContractServiceAdjustment",
    "Service",
    "Resource",
];

async fn field_info(bench: &Bench, entity: &str) -> Vec<String> {
    let (status, text) = bench
        .soap(
            "GetFieldInfo",
            &format!("<psObjectType>{entity}</psObjectType>"),
        )
        .await;
    assert_eq!(status, 200);
    text.split("<Field>").skip(1).map(str::to_owned).collect()
}

#[tokio::test]
async fn names_types_and_flags_are_those_of_a_real_tenant() {
    let Some(text) = material("field-info-1.6.8.json") else {
        return;
    };
    let real: Json = serde_json::from_str(&text).unwrap();
    let bench = Bench::start().await;
    for entity in ENTITIES {
        let ours = field_info(&bench, entity).await;
        let theirs = real[entity]["Fields"].as_array().unwrap();
        assert_eq!(ours.len(), theirs.len(), "{entity}");
        for field in theirs {
            let name = field["Name"].as_str().unwrap();
            let ours = ours.iter().find(|one| texts(one, "Name")[0] == name);
            let ours = ours.unwrap_or_else(|| panic!("{entity} has no {name}"));
            for flag in [
                "IsRequired",
                "IsReadOnly",
                "IsQueryable",
                "IsReference",
                "IsPickList",
            ] {
                assert_eq!(
                    texts(ours, flag)[0],
                    field[flag].as_bool().unwrap().to_string(),
                    "{entity}.{name} {flag}"
                );
            }
            assert_eq!(
                texts(ours, "Type")[0],
                field["Type"].as_str().unwrap(),
                "{entity}.{name}"
            );
            assert_eq!(
                texts(ours, "Length")[0],
                field["Length"].to_string(),
                "{entity}.{name}"
            );
            let reference = texts(ours, "ReferenceEntityType").pop().unwrap_or_default();
            assert_eq!(
                reference,
                field["ReferenceEntityType"].as_str().unwrap(),
                "{entity}.{name}"
            );
        }
    }
}

#[tokio::test]
async fn fields_stand_in_the_order_of_the_vendors_description() {
    let Some(wsdl) = material("atws-1.6.wsdl") else {
        return;
    };
    let bench = Bench::start().await;
    for entity in ENTITIES {
        let part = wsdl
            .split(&format!("<s:complexType name=\"{entity}\">"))
            .nth(1)
            .unwrap();
        let part = part.split("</s:complexType>").next().unwrap();
        let names: Vec<&str> = part
            .split(" name=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap())
            .collect();
        let ours = field_info(&bench, entity).await;
        let ours: Vec<String> = ours
            .iter()
            .map(|field| texts(field, "Name")[0].clone())
            .collect();
        let common: Vec<&str> = ours
            .iter()
            .map(String::as_str)
            .filter(|name| names.contains(name))
            .collect();
        let known: Vec<&str> = names
            .iter()
            .copied()
            .filter(|name| common.contains(name))
            .collect();
        assert_eq!(common, known, "{entity}");
        assert!(
            common.len() * 10 >= names.len() * 9,
            "{entity}: {} of {}",
            common.len(),
            names.len()
        );
    }
}
