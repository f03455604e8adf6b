//! What Autotask's sentences mean.
//!
//! Both interfaces tell nearly everything with status 500 (or `ReturnCode` -1) and a text, and
//! the texts are the same but for the field names. Autotask quotes what the caller sent, so that
//! a ticket called "user locked" can stand in a message about something else: what is in quotes
//! or brackets is left out, and a message about a record is never taken for one about the login.

use crate::error::{Refusal, ValidationMessage};

/// What a text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    Login,
    UserLocked,
    TrackingIdentifier,
    Permission,
    ThreadLimit,
    Quota,
    Zone,
    Query,
    /// The database undid the call: nothing was stored.
    RolledBack,
    /// Autotask failed in the middle of something.
    Trouble,
    Refused(Refusal),
}

/// The meaning of the texts of one answer: that of the first that is not a plain refusal, else
/// that of the most exact refusal.
pub(crate) fn of(texts: &[String]) -> Meaning {
    let meanings = || texts.iter().map(|text| of_one(text));
    meanings()
        .find(|meaning| !matches!(meaning, Meaning::Refused(_)))
        .or_else(|| meanings().find(|meaning| *meaning != Meaning::Refused(Refusal::Other)))
        .unwrap_or(Meaning::Refused(Refusal::Other))
}

fn of_one(text: &str) -> Meaning {
    let text = without_quoted(text).to_ascii_lowercase();
    let has = |words: &str| text.contains(words);

    if has("picklist") {
        return Meaning::Refused(Refusal::PicklistValue);
    }
    if has("reference value on field")
        || has("does not reference an existing")
        || has("does not exist or is invalid")
        || names_a_reference(&text)
    {
        return Meaning::Refused(Refusal::Reference);
    }
    // "… may not have the required permissions" is how the text goes on: it names both causes, and the row
    // that is not there is the usual one.
    if has("no matching records found") {
        return Meaning::Refused(Refusal::Reference);
    }
    if has("insert duplicate") {
        return Meaning::Refused(Refusal::Duplicate);
    }
    if has("on record number") {
        return Meaning::Refused(Refusal::Other);
    }
    if has("deadlock") {
        return Meaning::RolledBack;
    }
    if has("thread threshold") || has("itgenatr005") {
        return Meaning::ThreadLimit;
    }
    if has("threshold") || has("too many requests") || has("request limit") {
        return Meaning::Quota;
    }
    if has("integrationcode") || has("integration code") || has("tracking identifier") {
        return Meaning::TrackingIdentifier;
    }
    if has("locked") && (has("account") || has("user")) {
        return Meaning::UserLocked;
    }
    if has("permission") || has("not authorized to") || has("access denied") {
        return Meaning::Permission;
    }
    if has("zone information") {
        return Meaning::Zone;
    }
    if has("invalid query")
        || has("maxcountofrecords")
        || has("querymodel")
        || (has("unable to find") && has("entity"))
        || has("unexpected character encountered")
    {
        return Meaning::Query;
    }
    if has("unauthorized")
        || has("invalid username")
        || has("invalid user name")
        || has("username or password")
        || has("user name or password")
        || has("username and/or password")
        || has("invalid login")
        || has("login failed")
        || has("not authenticated")
        || has("invalid credentials")
    {
        return Meaning::Login;
    }
    if has("timeout expired")
        || has("timed out")
        || has("object reference not set")
        || has("unexpected error")
        || has("internal error")
        || has("internal server error")
        || has("server was unable to process")
    {
        return Meaning::Trouble;
    }
    Meaning::Refused(Refusal::Other)
}

/// "Value does not exist for the required field AccountID": only a reference ends in *ID*.
fn names_a_reference(text: &str) -> bool {
    text.split_once("value does not exist for the required field ")
        .and_then(|(_, field)| field.split([' ', '.', ';']).next())
        .is_some_and(|field| field.ends_with("id"))
}

/// The text without what stands in double quotes or square brackets.
fn without_quoted(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(['"', '[']) {
        let close = if rest[start..].starts_with('[') {
            ']'
        } else {
            '"'
        };
        let Some(length) = rest[start + 1..]
            .rfind(close)
            .filter(|_| close == '"')
            .or_else(|| rest[start + 1..].find(close))
        else {
            break;
        };
        kept.push_str(&rest[..start]);
        rest = &rest[start + 1 + length + 1..];
    }
    kept.push_str(rest);
    kept
}

/// The messages of a refused create, each with the row it speaks of.
///
/// Autotask numbers rows from one; a zero seen anywhere means that this answer counts from zero.
/// A message is often followed by a second one that only names the row.
pub(crate) fn of_rows(texts: &[String], rows: usize) -> Vec<ValidationMessage> {
    let numbers: Vec<Option<usize>> = texts.iter().map(|text| row_number(text)).collect();
    let first = if numbers.contains(&Some(0)) { 0 } else { 1 };
    let record = |number: Option<usize>| match number {
        _ if rows == 1 => Some(0),
        Some(number) => number.checked_sub(first).filter(|record| *record < rows),
        None => None,
    };
    let mut messages: Vec<ValidationMessage> = Vec::new();
    for (text, number) in texts.iter().zip(numbers) {
        let names_row_only =
            number.is_some() && text.trim_start().to_ascii_lowercase().starts_with("error ");
        if names_row_only
            && let Some(last) = messages.last_mut()
            && (last.record.is_none() || last.record == record(number))
        {
            last.record = record(number);
            continue;
        }
        messages.push(ValidationMessage {
            text: text.trim().to_owned(),
            record: record(number),
        });
    }
    messages
}

/// `2` of "…; on record number [2]."
fn row_number(text: &str) -> Option<usize> {
    const BEFORE: &str = "record number [";
    let start = text.rfind(BEFORE)? + BEFORE.len();
    let end = text[start..].find(']')?;
    text[start..start + end].trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vendors_sentences_are_understood() {
        let refused = |refusal| Meaning::Refused(refusal);
        for (text, meaning) in [
            ("IntegrationCode is invalid.", Meaning::TrackingIdentifier),
            (
                "The user account has been locked.  Please see your Autotask Administrator for details.",
                Meaning::UserLocked,
            ),
            (
                "The logged in Resource does not have the adequate permissions to query this entity type.",
                Meaning::Permission,
            ),
            ("Zone information could not be determined", Meaning::Zone),
            (
                "The Autotask API thread threshold of 3 threads has been exceeded.",
                Meaning::ThreadLimit,
            ),
            (
                "The number of external requests has exceeded the threshold of 10000.",
                Meaning::Quota,
            ),
            (
                "Unable to find projectID in the TimeEntry Entity",
                Meaning::Query,
            ),
            (
                "Invalid query syntax. Queries are limited to 500 or fewer 'OR' conditions.",
                Meaning::Query,
            ),
            (
                "maxCountOfRecordsToReturn must be between 1 and 500",
                Meaning::Query,
            ),
            (
                "Picklist value [3] does not exist for noteType. ; on record number [1].",
                refused(Refusal::PicklistValue),
            ),
            (
                "Reference value on field: roleID of timeEntryType: Role does not exist or is invalid. ; on record number [1].",
                refused(Refusal::Reference),
            ),
            (
                "Value does not reference an existing entity for taskType . ",
                refused(Refusal::Reference),
            ),
            (
                "No matching records found. The logged in resource may not have the required permissions to update the data.",
                refused(Refusal::Reference),
            ),
            (
                "Value does not exist for the required field AccountID. ; on record number [1].",
                refused(Refusal::Reference),
            ),
            (
                "Value does not exist for the required field Title. ; on record number [1].",
                refused(Refusal::Other),
            ),
            (
                "Missing Required Field: isOptional. ; on record number [1]",
                refused(Refusal::Other),
            ),
            (
                "dueDateTime is required.; on record number [0]",
                refused(Refusal::Other),
            ),
            (
                "Data violation: AssignedResourceID, AssignedResourceRoleID, and QueueID cannot all be empty.",
                refused(Refusal::Other),
            ),
            (
                "Data violation: Attempt to insert duplicate data into contract_service_period. ; on record number [1].",
                refused(Refusal::Duplicate),
            ),
            (
                "Transaction (Process ID 61) was deadlocked on lock resources with another process",
                Meaning::RolledBack,
            ),
            ("Execution Timeout Expired.", Meaning::Trouble),
        ] {
            assert_eq!(of(&[text.to_owned()]), meaning, "{text}");
        }
    }

    #[test]
    fn what_a_caller_sent_is_not_taken_for_autotasks_words() {
        for text in [
            "The Task \"user account locked\" has an invalid Resource and Role combination.",
            "The Task \"said \"IntegrationCode is invalid\" twice\" has an invalid Role.",
            "Title [login failed: permission denied] is not allowed.",
            "Title user account locked is too long. ; on record number [1].",
        ] {
            assert_eq!(
                of(&[text.to_owned()]),
                Meaning::Refused(Refusal::Other),
                "{text}"
            );
        }
    }

    #[test]
    fn a_message_names_the_row_it_speaks_of() {
        let texts = |texts: &[&str]| {
            texts
                .iter()
                .map(|&text| text.to_owned())
                .collect::<Vec<_>>()
        };
        let records = |given: &[&str], rows| {
            of_rows(&texts(given), rows)
                .into_iter()
                .map(|message| message.record)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            records(
                &["A. ; on record number [1].", "B. ; on record number [3]."],
                3
            ),
            [Some(0), Some(2)]
        );
        assert_eq!(
            records(&["A.; on record number [0]", "B.; on record number [2]"], 3),
            [Some(0), Some(2)]
        );
        assert_eq!(
            records(&["A.", "Error creating entity for record number [2]."], 3),
            [Some(1)]
        );
        assert_eq!(records(&["A."], 1), [Some(0)]);
        assert_eq!(
            records(&["A.", "B. ; on record number [9]."], 3),
            [None, None]
        );
    }
}
