use base32::Alphabet;
use domain::auth::TokenHash;

use crate::{Error, auth::opaque_token::OpaqueTokens};

/// How many somebody has at a time.
const COUNT: usize = 10;
/// 80 bits.
const BYTES: usize = 10;
/// In Crockford's base 32.
const LENGTH: usize = 16;
const GROUP: usize = 4;

/// New codes, such as `8T2K-0QWJ-M4ZC-X9VB`. Its alphabet has no letter that looks like
/// another or like a digit. Each comes with what is kept of it.
pub(super) fn generate(tokens: &OpaqueTokens) -> Result<Vec<(String, TokenHash)>, Error> {
    (0..COUNT)
        .map(|_| {
            let mut bytes = [0; BYTES];
            getrandom::fill(&mut bytes).map_err(Error::internal)?;
            let code = grouped(&bytes);
            let hash = tokens.hash(&code);
            Ok((code, hash))
        })
        .collect()
}

/// As which a code is kept, however it was typed; none if it cannot be one.
pub(super) fn hash(tokens: &OpaqueTokens, code: &str) -> Option<TokenHash> {
    let typed: String = code
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .collect();
    if typed.len() != LENGTH {
        return None;
    }
    let bytes = base32::decode(Alphabet::Crockford, &typed)?;
    Some(tokens.hash(&grouped(&bytes)))
}

fn grouped(bytes: &[u8]) -> String {
    let code = base32::encode(Alphabet::Crockford, bytes);
    let mut grouped = String::with_capacity(LENGTH + LENGTH / GROUP);
    for (index, c) in code.chars().enumerate() {
        if index > 0 && index % GROUP == 0 {
            grouped.push('-');
        }
        grouped.push(c);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn tokens() -> OpaqueTokens {
        OpaqueTokens::new(&"secret".into())
    }

    #[test]
    fn codes_are_readable_and_differ() {
        let codes = generate(&tokens()).unwrap();
        let different: HashSet<_> = codes.iter().map(|(code, _)| code).collect();
        assert_eq!(different.len(), COUNT);
        for (code, kept) in codes {
            assert!(hash(&tokens(), &code) == Some(kept));
            assert_eq!(code.len(), "XXXX-XXXX-XXXX-XXXX".len());
            assert!(code.split('-').all(|group| group.len() == GROUP), "{code}");
            assert!(!code.contains(['I', 'L', 'O', 'U']), "{code}");
        }
    }

    #[test]
    fn a_code_is_known_however_it_is_typed() {
        let known = hash(&tokens(), "0T2K-1QWJ-M4ZC-X9VB");
        assert!(known.is_some());
        for typed in [
            "0t2k1qwjm4zcx9vb",
            " OT2K lQWJ M4ZC X9VB ",
            "0T2K-IQWJ-M4ZC-X9VB",
        ] {
            assert!(hash(&tokens(), typed) == known, "{typed}");
        }
        assert!(hash(&tokens(), "1T2K-1QWJ-M4ZC-X9VB") != known);
        for nonsense in ["", "123456", "0T2K-1QWJ-M4ZC-X9VBB", "0T2K-1QWJ-M4ZC-X9VÜ"] {
            assert!(hash(&tokens(), nonsense).is_none(), "{nonsense}");
        }
    }
}
