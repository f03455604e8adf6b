//! What is hashed of a row; the module above states it for a reader.

use rusqlite::types::ValueRef;
use sha2::{Digest as _, Sha256};

pub(super) type Hash = [u8; 32];

/// `id`, `at`, `what`, `key`, `account`, `ticket_id`, `detail`.
pub(super) type Columns<'a> = [ValueRef<'a>; 7];

pub(super) fn hash_of(previous: &[u8], columns: &Columns<'_>) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(previous);
    for column in columns {
        match column {
            ValueRef::Null => hasher.update([0]),
            ValueRef::Integer(number) => {
                hasher.update([1]);
                hasher.update(number.to_be_bytes());
            }
            ValueRef::Text(text) => of_bytes(&mut hasher, 2, text),
            // The table holds neither; who has made it hold them finds that nothing fits.
            ValueRef::Real(number) => {
                hasher.update([3]);
                hasher.update(number.to_be_bytes());
            }
            ValueRef::Blob(bytes) => of_bytes(&mut hasher, 4, bytes),
        }
    }
    hasher.finalize().into()
}

fn of_bytes(hasher: &mut Sha256, tag: u8, bytes: &[u8]) {
    hasher.update([tag]);
    hasher.update((bytes.len() as u64).to_be_bytes());
    hasher.update(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(hash: Hash) -> String {
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Files have been hashed like this: if this test fails, the code is wrong, not the test.
    #[test]
    fn the_encoding_never_changes() {
        let columns = [
            ValueRef::Integer(1),
            ValueRef::Integer(1_795_435_200_000_000),
            ValueRef::Text(b"created"),
            ValueRef::Text("ucd-\u{e4}".as_bytes()),
            ValueRef::Integer(-2),
            ValueRef::Integer(9137),
            ValueRef::Null,
        ];
        assert_eq!(
            hex(hash_of(&[0; 32], &columns)),
            "54c830edab317e80acc0ccb1a97cf2eef47bb1d22e9d471c9abf45fe81a35e8d"
        );
    }

    #[test]
    fn columns_do_not_run_into_one_another() {
        let of = |what: &'static str, key: &'static str| {
            let mut columns = [ValueRef::Null; 7];
            columns[2] = ValueRef::Text(what.as_bytes());
            columns[3] = ValueRef::Text(key.as_bytes());
            hash_of(&[0; 32], &columns)
        };
        assert_ne!(of("ab", "c"), of("a", "bc"));
    }
}
