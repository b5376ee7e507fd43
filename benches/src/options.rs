//! Words of the command line: options and their values, in pairs.

use std::fmt::Display;
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

/// An option and its value.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// With its dashes.
    pub name: &'a str,
    /// As it stands there.
    pub value: &'a str,
}

impl Given<'_> {
    /// The value as a number.
    pub fn number<T: FromStr>(&self) -> Result<T, String> {
        self.value.parse().map_err(|_| format!("{} {}: not a number", self.name, self.value))
    }

    /// The value as a path.
    pub fn path(&self) -> PathBuf {
        self.value.into()
    }

    /// The value as a list with commas.
    pub fn list<T>(&self, item: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
        self.value.split(',').map(item).collect()
    }
}

/// Hands all options to `take`, which says whether it knows the name.
pub fn read(
    words: &[String],
    usage: &str,
    mut take: impl FnMut(Given<'_>) -> Result<bool, String>,
) -> Result<(), String> {
    for pair in words.chunks(2) {
        let [name, value] = pair else { return Err(format!("{} needs a value\n{usage}", pair[0])) };
        if !take(Given { name, value })? {
            return Err(format!("unknown option {name}\n{usage}"));
        }
    }
    Ok(())
}

/// How a program ends: an error goes to standard error.
pub fn exit(program: &str, result: Result<(), impl Display>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{program}: {error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_come_in_pairs_with_known_names() {
        let parse = |text: &str| {
            let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
            let (mut rounds, mut names) = (0_usize, Vec::new());
            read(&words, "usage", |given| {
                match given.name {
                    "--rounds" => rounds = given.number()?,
                    "--names" => names = given.list(|name| Ok(name.to_owned()))?,
                    _ => return Ok(false),
                }
                Ok(true)
            })
            .map(|()| (rounds, names))
        };
        let names = vec!["a".to_owned(), "b".to_owned()];
        assert_eq!(parse("--rounds 3 --names a,b"), Ok((3, names)));
        assert_eq!(parse("--rounds x"), Err("--rounds x: not a number".to_owned()));
        assert_eq!(parse("--rounds"), Err("--rounds needs a value\nusage".to_owned()));
        assert_eq!(parse("--runs 3"), Err("unknown option --runs\nusage".to_owned()));
    }
}
