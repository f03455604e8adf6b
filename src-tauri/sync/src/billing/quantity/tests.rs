use super::*;

/// Each line: bytes, settings, the sum as one does it on paper, the units.
const TABLE: &str = include_str!("table.txt");

fn rule(text: &str) -> Rule {
    let words: Vec<&str> = text.split_whitespace().collect();
    let number = |name: &str, usual: u32| {
        let at = words.iter().position(|word| *word == name);
        at.map_or(usual, |at| words[at + 1].parse().unwrap())
    };
    Rule {
        unit: match words[0] {
            "GB" => BillingUnit::Gb,
            "GiB" => BillingUnit::Gib,
            other => panic!("{other}"),
        },
        rounding: match words[1] {
            "nearest" => Rounding::Nearest,
            "up" => Rounding::Up,
            "down" => Rounding::Down,
            other => panic!("{other}"),
        },
        included: number("included", 0),
        block: number("block", 1),
        minimum: number("minimum", 0),
    }
}

#[test]
fn the_worked_examples_come_out_as_on_paper() {
    let mut examples = 0;
    for line in TABLE.lines() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let [bytes, settings, paper, units] = line
            .split('|')
            .map(str::trim)
            .collect::<Vec<_>>()
            .try_into()
            .unwrap();
        let sum = sum(bytes.replace(',', "").parse().unwrap(), &rule(settings));
        let steps: Vec<&str> = sum.steps.iter().map(|step| step.value.as_str()).collect();
        assert_eq!(steps.join(" > "), paper, "{line}");
        assert_eq!(sum.units.to_string(), units, "{line}");
        assert_eq!(steps.last().unwrap().replace(',', ""), units, "{line}");
        examples += 1;
    }
    assert!(examples >= 40, "{examples}");
}

#[test]
fn a_sum_says_what_is_done() {
    let sum = sum(
        523_400_000_000,
        &rule("GB up included 100 block 10 minimum 500"),
    );
    let told: Vec<String> = sum
        .steps
        .iter()
        .map(|step| format!("{}: {}", step.text, step.value))
        .collect();
    assert_eq!(
        told,
        [
            "523,400,000,000 bytes are: 523.4 GB",
            "100 GB are included: 423.4 GB",
            "rounded up to blocks of 10: 430",
            "at least 500: 500",
        ]
    );
    let trial = none(NotBilled::Trial);
    assert_eq!((trial.bytes, trial.units, trial.steps.len()), (None, 0, 1));
}

fn any_rule() -> impl proptest::strategy::Strategy<Value = Rule> {
    use proptest::prelude::*;
    let unit = prop_oneof![Just(BillingUnit::Gb), Just(BillingUnit::Gib)];
    let rounding = prop_oneof![
        Just(Rounding::Nearest),
        Just(Rounding::Up),
        Just(Rounding::Down)
    ];
    (unit, 0..5_000_u32, rounding, 1..2_000_u32, 0..5_000_u32).prop_map(
        |(unit, included, rounding, block, minimum)| Rule {
            unit,
            included,
            rounding,
            block,
            minimum,
        },
    )
}

fn unit_of(rule: &Rule) -> u128 {
    match rule.unit {
        BillingUnit::Gb => 1_000_000_000,
        BillingUnit::Gib => 1 << 30,
    }
}

proptest::proptest! {
    #[test]
    fn more_bytes_are_never_fewer_units(
        bytes in 0..u64::MAX, more in 0..u64::MAX, rule in any_rule()
    ) {
        let units = |bytes| sum(bytes, &rule).units;
        proptest::prop_assert!(units(bytes) <= units(bytes.saturating_add(more)));
    }

    #[test]
    fn units_are_whole_blocks_and_no_further_from_the_exact_amount_than_the_rounding_allows(
        bytes in proptest::prop_oneof![0..20_000_000_000_000_u64, 0..u64::MAX], rule in any_rule()
    ) {
        let units = u128::from(sum(bytes, &rule).units);
        let block = u128::from(rule.block);
        proptest::prop_assert_eq!(units % block, 0);
        let minimum = u128::from(rule.minimum).div_ceil(block) * block;
        let unit = unit_of(&rule);
        let exact = u128::from(bytes).saturating_sub(u128::from(rule.included) * unit);
        let (billed, step) = (units * unit, block * unit);
        if units > minimum || bytes == 0 {
            match rule.rounding {
                Rounding::Up => proptest::prop_assert!(billed >= exact && billed - exact < step),
                Rounding::Down => proptest::prop_assert!(billed <= exact && exact - billed < step),
                Rounding::Nearest => {
                    proptest::prop_assert!(2 * billed.abs_diff(exact) <= step);
                }
            }
        } else {
            proptest::prop_assert_eq!(units, minimum);
        }
    }
}
