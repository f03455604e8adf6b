//! Which account an organization probably is, by name. Pure; nothing is applied unseen.
//!
//! Names are compared without case, accents, punctuation and company suffixes. An organization gets
//! at most one suggestion, the best; two accounts that are as good as each other make none, because
//! a wrong customer's ticket is worse than a minute of looking.

use std::collections::HashMap;

use cloud_direct::Organization;

use crate::store::Named;

/// Similar names below this are not suggested.
const LEAST: u8 = 85;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    pub organization_id: String,
    pub organization: String,
    pub account: Named,
    /// 0 to 100
    pub score: u8,
    /// "same name", "same name but for Ltd", "similar name"
    pub reason: String,
}

/// Best first. Inactive accounts are not suggested.
pub fn suggest(organizations: &[Organization], accounts: &[Named]) -> Vec<Suggestion> {
    let accounts: Vec<(&Named, Name)> = accounts
        .iter()
        .filter(|account| account.active)
        .map(|account| (account, Name::of(&account.name)))
        .collect();
    let mut by_core: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, (_, name)) in accounts.iter().enumerate() {
        by_core.entry(&name.core).or_default().push(index);
    }
    let mut suggestions: Vec<Suggestion> = organizations
        .iter()
        .filter_map(|organization| {
            let name = Name::of(&organization.name);
            let same = by_core.get(name.core.as_str());
            let candidates: Vec<usize> = match same {
                Some(same) => same.clone(),
                None => (0..accounts.len()).collect(),
            };
            best(organization, &name, &accounts, &candidates)
        })
        .collect();
    suggestions.sort_by(|a, b| {
        b.score
            .cmp(&a.score)
            .then(a.organization.cmp(&b.organization))
    });
    suggestions
}

fn best(
    organization: &Organization,
    name: &Name,
    accounts: &[(&Named, Name)],
    candidates: &[usize],
) -> Option<Suggestion> {
    if name.core.is_empty() {
        return None;
    }
    let mut best: Option<(u8, String, &Named)> = None;
    let mut tie = false;
    for (account, other) in candidates.iter().filter_map(|index| accounts.get(*index)) {
        let (score, reason) = compare(name, other);
        match &best {
            Some((top, ..)) if score < *top => {}
            Some((top, ..)) if score == *top => tie = true,
            Some(_) | None => {
                tie = false;
                best = Some((score, reason, account));
            }
        }
    }
    let (score, reason, account) = best.filter(|(score, ..)| *score >= LEAST && !tie)?;
    Some(Suggestion {
        organization_id: organization.id.clone(),
        organization: organization.name.clone(),
        account: account.clone(),
        score,
        reason,
    })
}

fn compare(a: &Name, b: &Name) -> (u8, String) {
    if a.plain == b.plain {
        return (100, "same name".to_owned());
    }
    if a.core == b.core {
        if a.suffixes == b.suffixes {
            return (99, "same name but for spaces".to_owned());
        }
        let mut differing: Vec<&str> = Vec::new();
        for (own, other) in [(&a.suffixes, &b.suffixes), (&b.suffixes, &a.suffixes)] {
            differing.extend(
                own.iter()
                    .filter(|s| !other.contains(s))
                    .map(String::as_str),
            );
        }
        // GmbH here and Ltd there are probably two companies; none here and one there is one.
        let both = !a.suffixes.is_empty() && !b.suffixes.is_empty();
        let score = if both { 88 } else { 96 };
        return (score, format!("same name but for {}", differing.join(", ")));
    }
    let (short, long) = (
        a.core.len().min(b.core.len()),
        a.core.len().max(b.core.len()),
    );
    // Names of such different lengths cannot score enough: most pairs of a large tenant end here.
    if short * 3 < long * 2 {
        return (0, "different name".to_owned());
    }
    let similarity = strsim::jaro_winkler(&a.core, &b.core)
        .min(strsim::normalized_damerau_levenshtein(&a.core, &b.core) + 0.1);
    // Below the score of equal names, however alike.
    (
        (similarity * 95.0).clamp(0.0, 94.0) as u8,
        "similar name".to_owned(),
    )
}

/// A name taken apart.
struct Name {
    /// Lower case, without accents and punctuation.
    plain: String,
    /// Without company suffixes and spaces.
    core: String,
    suffixes: Vec<String>,
}

/// What companies are called behind their names.
const SUFFIXES: &[&str] = &[
    "ab",
    "ag",
    "aps",
    "as",
    "bv",
    "bvba",
    "cie",
    "co",
    "company",
    "corp",
    "corporation",
    "cv",
    "ek",
    "eu",
    "ev",
    "eg",
    "gbr",
    "ggmbh",
    "gmbh",
    "inc",
    "incorporated",
    "kft",
    "kg",
    "kgaa",
    "limited",
    "llc",
    "llp",
    "lp",
    "ltd",
    "mbh",
    "nv",
    "ohg",
    "oy",
    "oyj",
    "plc",
    "pllc",
    "pte",
    "pty",
    "sa",
    "sarl",
    "sas",
    "se",
    "sl",
    "spa",
    "sro",
    "srl",
    "ug",
    "zoo",
];

impl Name {
    fn of(name: &str) -> Self {
        let plain = normal_name(name);
        let words: Vec<&str> = plain.split(' ').collect();
        let kept = words
            .iter()
            .rposition(|word| !SUFFIXES.contains(word) && *word != "and")
            .map_or(words.len(), |last| last + 1);
        let (core, suffixes) = words.split_at(kept);
        Name {
            core: core.concat(),
            suffixes: suffixes
                .iter()
                .filter(|word| **word != "and")
                .map(|word| (*word).to_owned())
                .collect(),
            plain,
        }
    }
}

/// Lower case, letters without accents, `&` as *and*, punctuation as spaces, dots dropped
/// (`S.A.` is `sa`).
pub fn normal_name(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            '.' | '\'' | '\u{2019}' => {}
            '&' | '+' => normal.push_str(" and "),
            _ => match plain_letters(c) {
                Some(letters) => normal.push_str(letters),
                None if c.is_alphanumeric() => normal.push(c),
                // A combining accent belongs to the letter before it.
                None if ('\u{300}'..='\u{36f}').contains(&c) => {}
                None => normal.push(' '),
            },
        }
    }
    normal.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Letters with accents as they are written without. An umlaut becomes the letter with an e, which
/// is how German names are written where there are none.
fn plain_letters(c: char) -> Option<&'static str> {
    Some(match c {
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ā' | 'ă' | 'ą' => "a",
        'ä' | 'æ' => "ae",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ė' | 'ę' | 'ě' => "e",
        'ğ' | 'ģ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'į' | 'ı' => "i",
        'ķ' => "k",
        'ł' | 'ļ' | 'ľ' => "l",
        'ñ' | 'ń' | 'ň' | 'ņ' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ø' | 'ō' | 'ő' => "o",
        'ö' | 'œ' => "oe",
        'ř' => "r",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'ß' => "ss",
        'ť' | 'ț' | 'ţ' => "t",
        'ù' | 'ú' | 'û' | 'ū' | 'ů' | 'ű' | 'ų' => "u",
        'ü' => "ue",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use cloud_direct::OrganizationState;

    use super::*;

    fn organization(name: &str) -> Organization {
        Organization {
            id: format!("id of {name}"),
            name: name.to_owned(),
            state: OrganizationState::Active,
        }
    }

    fn accounts(names: &[&str]) -> Vec<Named> {
        (1..)
            .zip(names)
            .map(|(id, name)| Named {
                id,
                name: (*name).to_owned(),
                active: true,
            })
            .collect()
    }

    #[test]
    fn names_match_without_case_accents_punctuation_and_suffixes() {
        let table = [
            ("Contoso", "CONTOSO", 100, "same name"),
            (
                "Müller & Söhne GmbH",
                "Mueller and Soehne",
                96,
                "same name but for gmbh",
            ),
            ("Café Zürich S.A.", "Cafe Zuerich SA", 100, "same name"),
            (
                "O'Brien Partners, LLC",
                "OBrien Partners",
                96,
                "same name but for llc",
            ),
            (
                "Northwind Traders Ltd.",
                "Northwind Traders Limited",
                88,
                "same name but for ltd, limited",
            ),
            ("North Wind", "Northwind", 99, "same name but for spaces"),
        ];
        for (own, other, score, reason) in table {
            let suggestions = suggest(
                &[organization(own)],
                &accounts(&["Unrelated Bakery", other]),
            );
            assert_eq!(suggestions.len(), 1, "{own} / {other}");
            assert_eq!(
                (
                    suggestions[0].account.id,
                    suggestions[0].score,
                    suggestions[0].reason.as_str()
                ),
                (2, score, reason),
                "{own} / {other}"
            );
        }
    }

    #[test]
    fn a_typing_mistake_is_similar_and_a_different_name_is_not() {
        let found = suggest(
            &[organization("Fabrikam Industries")],
            &accounts(&["Fabrikan Industries"]),
        );
        assert_eq!(found[0].reason, "similar name");
        assert!((LEAST..95).contains(&found[0].score), "{}", found[0].score);
        assert_eq!(
            suggest(
                &[organization("Fabrikam")],
                &accounts(&["Contoso", "Adatum"])
            ),
            []
        );
    }

    #[test]
    fn two_accounts_that_are_equally_good_make_no_suggestion() {
        let accounts = accounts(&["Contoso", "Contoso"]);
        assert_eq!(suggest(&[organization("Contoso")], &accounts), []);
    }

    #[test]
    fn an_inactive_account_or_a_name_of_nothing_but_a_suffix_is_not_suggested() {
        let mut inactive = accounts(&["Contoso"]);
        inactive[0].active = false;
        assert_eq!(suggest(&[organization("Contoso")], &inactive), []);
        assert_eq!(suggest(&[organization("...")], &accounts(&["!!!"])), []);
    }

    proptest::proptest! {
        #[test]
        fn any_two_names_can_be_compared(a in "\\PC{0,40}", b in "\\PC{0,40}") {
            let score = compare(&Name::of(&a), &Name::of(&b)).0;
            proptest::prop_assert!(score <= 100);
            proptest::prop_assert_eq!(score, compare(&Name::of(&b), &Name::of(&a)).0);
            proptest::prop_assert_eq!(compare(&Name::of(&a), &Name::of(&a)).0, 100);
        }
    }
}
