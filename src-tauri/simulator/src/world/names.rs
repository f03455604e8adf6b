//! Names of customers. The company in Autotask is often written a little differently from the
//! organization in Cloud Direct, as two systems kept by hand are.

use std::collections::BTreeSet;

use crate::random::Random;

/// One customer under its two names.
#[derive(Debug, Clone)]
pub(crate) struct Customer {
    pub organization: String,
    pub company: String,
    pub city: &'static str,
    pub country: &'static str,
    pub phone: String,
}

const FIRST: [&str; 40] = [
    "Alder",
    "Baltic",
    "Bergström",
    "Blue Harbor",
    "Brennan & Cole",
    "Cedar",
    "Châtelain",
    "Copperfield",
    "Delta",
    "Dörfler",
    "Eastgate",
    "Ellis",
    "Fairview",
    "Falken",
    "Garnet",
    "Granite",
    "Höhne",
    "Hudson",
    "Ibérica",
    "Juniper",
    "Kestrel",
    "Königsberg",
    "Lakeside",
    "Larsen",
    "Maple",
    "Meridian",
    "Müller",
    "Northwind",
    "Orchard",
    "Pinnacle",
    "Quarry",
    "Redwood",
    "Saffron",
    "Sørensen",
    "Summit",
    "Tanner",
    "Union",
    "Vela",
    "Westbrook",
    "Zürcher",
];

const SECOND: [&str; 24] = [
    "Logistics",
    "Dental",
    "Architects",
    "Foods",
    "Law Partners",
    "Medical Group",
    "Manufacturing",
    "Insurance",
    "Hotels",
    "Engineering",
    "Print",
    "Accounting",
    "Realty",
    "Energy",
    "Textiles",
    "Robotics",
    "Clinic",
    "Motors",
    "Optics",
    "Bakery",
    "Packaging",
    "Travel",
    "Media",
    "Schools",
];

const SUFFIX: [&str; 7] = ["Ltd", "GmbH", "Inc.", "LLC", "AG", "B.V.", ""];

const PLACES: [(&str, &str); 8] = [
    ("Albany", "United States"),
    ("Hamburg", "Germany"),
    ("Leeds", "United Kingdom"),
    ("Utrecht", "Netherlands"),
    ("Zürich", "Switzerland"),
    ("Portland", "United States"),
    ("Malmö", "Sweden"),
    ("Lyon", "France"),
];

pub(crate) fn customers(seed: u64, count: usize) -> Vec<Customer> {
    let mut random = Random::new(seed, "customers");
    let mut taken = BTreeSet::new();
    (0..count)
        .map(|number| customer(&mut random, &mut taken, number))
        .collect()
}

fn customer(random: &mut Random, taken: &mut BTreeSet<String>, number: usize) -> Customer {
    let mut stem = format!("{} {}", random.pick(&FIRST), random.pick(&SECOND));
    for _ in 0..20 {
        if !taken.contains(&stem) {
            break;
        }
        stem = format!("{} {}", random.pick(&FIRST), random.pick(&SECOND));
    }
    if taken.contains(&stem) {
        stem = format!("{stem} {}", number + 1);
    }
    taken.insert(stem.clone());

    let suffix = random.pick(&SUFFIX);
    let organization = format!("{stem} {suffix}").trim_end().to_owned();
    let company = match random.below(10) {
        0 => stem.clone(),
        1 => without_accents(&organization),
        2 => organization.to_uppercase(),
        3 => format!("{}, {suffix}", stem.replace('&', "and"))
            .trim_end_matches([',', ' '])
            .to_owned(),
        4 => long_suffix(&stem, suffix),
        _ => organization.clone(),
    };
    // The third customer shows what a name may hold.
    let organization = if number == 2 {
        format!("{organization} <IT> & \u{1f33f}")
    } else {
        organization
    };
    let (city, country) = PLACES
        .get(number % PLACES.len())
        .copied()
        .unwrap_or(("Albany", "United States"));
    let phone = format!("555-01{:02}-{:04}", random.below(100), random.below(10_000));
    Customer {
        organization,
        company,
        city,
        country,
        phone,
    }
}

fn without_accents(text: &str) -> String {
    let plain = |letter: char| match letter {
        'ä' | 'â' => 'a',
        'ö' | 'ø' => 'o',
        'ü' => 'u',
        'é' => 'e',
        other => other,
    };
    text.chars().map(plain).collect()
}

fn long_suffix(stem: &str, suffix: &str) -> String {
    let long = match suffix {
        "Ltd" => "Limited",
        "Inc." => "Incorporated",
        "GmbH" => "Ges.m.b.H.",
        other => other,
    };
    format!("{stem} {long}").trim_end().to_owned()
}
