//! JSON Pointers (RFC 6901), and rules at pointers with `*`.

use super::Rule;
use crate::error::Error;
use crate::gather::Gather;

/// The unescaped reference tokens of a JSON Pointer. `None` for an invalid pointer.
pub(super) fn tokens(pointer: &str) -> Option<Vec<String>> {
    if pointer.is_empty() {
        return Some(Vec::new());
    }
    let mut tokens = Vec::new();
    for token in pointer.strip_prefix('/')?.split('/') {
        tokens.push(unescape(token)?);
    }
    Some(tokens)
}

fn unescape(token: &str) -> Option<String> {
    let mut out = String::with_capacity(token.len());
    let mut characters = token.chars();
    while let Some(character) = characters.next() {
        out.push(match character {
            '~' => match characters.next()? {
                '0' => '~',
                '1' => '/',
                _ => return None,
            },
            other => other,
        });
    }
    Some(out)
}

/// Appends `/` and the escaped token.
///
/// # Examples
///
/// ```
/// use mergefetch::merge::json::push_token;
///
/// let mut pointer = String::from("/paths");
/// push_token(&mut pointer, "a/b~c");
/// assert_eq!(pointer, "/paths/a~1b~0c");
/// ```
///
/// # Specification
/// RFC 6901 §3.
pub fn push(pointer: &mut String, token: &str) {
    pointer.push('/');
    for character in token.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
}

pub(super) fn push_index(pointer: &mut String, index: usize) {
    pointer.push('/');
    pointer.push_str(&index.to_string());
}

/// An array index: digits without leading zeros.
pub(super) fn index(token: &str) -> Option<usize> {
    let plain = token == "0"
        || (!token.starts_with('0') && !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_digit()));
    if plain { usize::try_from(token.parse::<u64>().ok()?).ok() } else { None }
}

/// The rules of one merge, matched while the tree is walked.
#[derive(Debug, Clone, Default)]
pub(super) struct Rules {
    rules: Vec<(Vec<String>, Rule)>,
}

/// The rules whose pointers lead to or through the current place of the walk.
#[derive(Debug, Clone, Default)]
pub(super) struct Active {
    rules: Vec<u32>,
    depth: usize,
}

impl Rules {
    pub(super) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// # Errors
    /// `invalid-argument` for an invalid pointer, and for a key or a group without members.
    pub(super) fn new(rules: &[(String, Rule)]) -> Result<Self, Error> {
        let mut parsed = Vec::with_capacity(rules.len());
        for (pointer, rule) in rules {
            let tokens = tokens(pointer)
                .ok_or_else(|| Error::invalid_argument("a JSON Pointer that begins with a slash", pointer.as_str()))?;
            if matches!(rule, Rule::Key(names) | Rule::Group(names) if names.is_empty()) {
                return Err(Error::invalid_argument("at least one member name in the rule", pointer.as_str()));
            }
            parsed.push((tokens, rule.clone()));
        }
        Ok(Self { rules: parsed })
    }

    /// The rules at the root.
    pub(super) fn root(&self) -> Active {
        Active { rules: (0_u32..).zip(&self.rules).map(|(at, _)| at).gather(), depth: 0 }
    }

    /// The rules one level below `active`, at the member or index `token`.
    pub(super) fn below(&self, active: &Active, token: &str) -> Active {
        if active.rules.is_empty() {
            return Active::default();
        }
        let depth = active.depth;
        let leads = |at: &&u32| {
            self.rules
                .get(**at as usize)
                .and_then(|(path, _)| path.get(depth))
                .is_some_and(|step| step == "*" || step == token)
        };
        Active { rules: active.rules.iter().filter(leads).copied().gather(), depth: depth + 1 }
    }

    /// The rules that are active at a JSON Pointer.
    pub(super) fn active_at(&self, pointer: &str) -> Active {
        let tokens = tokens(pointer).unwrap_or_default();
        tokens.iter().fold(self.root(), |active, token| self.below(&active, token))
    }

    /// Whether a rule applies to this place or to a place below it.
    pub(super) fn any(&self, active: &Active) -> bool {
        !active.rules.is_empty()
    }

    /// Whether a counter rule applies to this place or to a place below it.
    pub(super) fn counts(&self, active: &Active) -> bool {
        active.rules.iter().any(|&at| self.rules.get(at as usize).is_some_and(|(_, rule)| *rule == Rule::Counter))
    }

    fn here<'a>(&'a self, active: &'a Active) -> impl Iterator<Item = &'a (Vec<String>, Rule)> {
        active.rules.iter().filter_map(|&at| self.rules.get(at as usize)).filter(|(path, _)| path.len() == active.depth)
    }

    /// The rule for the value at this place: the rule with the fewest `*` wins, then the last one.
    pub(super) fn rule<'a>(&'a self, active: &'a Active) -> &'a Rule {
        let stars = |path: &[String]| path.iter().filter(|step| *step == "*").count();
        let mut best: Option<(usize, &Rule)> = None;
        for (path, rule) in self.here(active).filter(|(_, rule)| !matches!(rule, Rule::Group(_))) {
            let stars = stars(path);
            if best.is_none_or(|(fewest, _)| stars <= fewest) {
                best = Some((stars, rule));
            }
        }
        best.map_or(&Rule::Auto, |(_, rule)| rule)
    }

    /// The rule at a pointer.
    pub(super) fn at(&self, pointer: &str) -> Rule {
        let mut active = self.root();
        for token in tokens(pointer).unwrap_or_default() {
            active = self.below(&active, &token);
        }
        self.rule(&active).clone()
    }

    /// The rules of the value at a pointer, with paths relative to it.
    pub(super) fn below_path(&self, pointer: &str) -> Vec<(String, Rule)> {
        let steps = tokens(pointer).unwrap_or_default();
        let active = steps.iter().fold(self.root(), |active, token| self.below(&active, token));
        let rules = active.rules.iter().filter_map(|&at| self.rules.get(at as usize));
        rules
            .map(|(path, rule)| {
                let mut below = String::new();
                path[active.depth..].iter().for_each(|token| push(&mut below, token));
                (below, rule.clone())
            })
            .gather()
    }

    /// The groups of members of the object at this place.
    pub(super) fn groups<'a>(&'a self, active: &'a Active) -> impl Iterator<Item = &'a [String]> {
        self.here(active).filter_map(|(_, rule)| match rule {
            Rule::Group(names) => Some(names.as_slice()),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_unescaped_and_bad_escapes_refused() {
        assert_eq!(tokens("/a~1b/m~0n/"), Some(vec!["a/b".to_owned(), "m~n".to_owned(), String::new()]));
        assert_eq!(tokens("a"), None);
        assert_eq!(tokens("/~2"), None);
        assert_eq!((index("0"), index("10"), index("01"), index("-")), (Some(0), Some(10), None, None));
    }

    #[test]
    fn the_most_literal_rule_wins() {
        let rules = Rules::new(&[
            ("/items/*/n".into(), Rule::Counter),
            ("/items/0/n".into(), Rule::Atomic),
            ("/*/0/n".into(), Rule::Text),
        ])
        .unwrap();
        let at = |path: &[&str]| path.iter().fold(rules.root(), |active, token| rules.below(&active, token));
        assert_eq!(rules.rule(&at(&["items", "0", "n"])), &Rule::Atomic);
        assert_eq!(rules.rule(&at(&["items", "1", "n"])), &Rule::Counter);
        assert_eq!(rules.rule(&at(&["other", "0", "n"])), &Rule::Text);
        assert_eq!(rules.rule(&at(&["items", "1"])), &Rule::Auto);
        assert!(rules.any(&at(&["items", "1"])));
        assert!(!rules.any(&at(&["items", "1", "m"])));
    }

    #[test]
    fn a_rule_without_a_leading_slash_or_without_members_is_refused() {
        assert!(Rules::new(&[("items".into(), Rule::Set)]).is_err());
        assert!(Rules::new(&[("/items".into(), Rule::Key(Vec::new()))]).is_err());
    }
}
