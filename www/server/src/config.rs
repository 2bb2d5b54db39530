//! The command line.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

/// How to call the program.
pub const USAGE: &str = "\
usage: example-server --database FILE [--listen ADDRESS:PORT] [--www DIR] [--pkg DIR]

  --database FILE        the SQLite file; created and seeded where there is none
  --listen ADDRESS:PORT  default 127.0.0.1:8080; port 0 takes any free one
  --www DIR              served at /
  --pkg DIR              the built package (pkg/dist), served at /mergefetch/
";

/// What the server is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Config {
    /// Where to listen; port 0 takes any free one.
    pub listen: SocketAddr,
    /// The SQLite file; created and seeded where there is none.
    pub database: PathBuf,
    /// The folder served at `/`.
    pub www: Option<PathBuf>,
    /// The folder served at `/mergefetch/`.
    pub pkg: Option<PathBuf>,
}

impl Config {
    /// Listens on any free port of 127.0.0.1 and serves the API alone.
    #[must_use]
    pub fn new(database: impl Into<PathBuf>) -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 0)), database: database.into(), www: None, pkg: None }
    }

    /// Reads the arguments that follow the program's name; `None` when they ask for help.
    ///
    /// # Errors
    ///
    /// A sentence that names the argument and what is wrong with it.
    pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Option<Self>, String> {
        let mut listen = SocketAddr::from(([127, 0, 0, 1], 8080));
        let (mut database, mut www, mut pkg) = (None, None, None);
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let name = argument.to_string_lossy().into_owned();
            if name == "--help" || name == "-h" {
                return Ok(None);
            }
            if !matches!(name.as_str(), "--listen" | "--database" | "--www" | "--pkg") {
                return Err(format!("unknown argument {name}"));
            }
            let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
            match name.as_str() {
                "--listen" => {
                    let text = value.to_string_lossy();
                    let wrong =
                        |_| format!("--listen needs an address and a port such as 127.0.0.1:8080, but found {text}");
                    listen = text.parse().map_err(wrong)?;
                }
                "--database" => database = Some(PathBuf::from(value)),
                "--www" => www = Some(PathBuf::from(value)),
                _ => pkg = Some(PathBuf::from(value)),
            }
        }
        let database = database.ok_or("--database FILE is missing")?;
        Ok(Some(Self { listen, database, www, pkg }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<Config>, String> {
        Config::parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn all_arguments_are_read() {
        let config = parse("--listen 127.0.0.1:0 --database a.sqlite --www www --pkg pkg/dist").unwrap().unwrap();
        let expected = Config { www: Some("www".into()), pkg: Some("pkg/dist".into()), ..Config::new("a.sqlite") };
        assert_eq!(config, expected);
    }

    #[test]
    fn a_bad_argument_is_named() {
        for (line, named) in [
            ("", "--database"),
            ("--database", "--database"),
            ("--database a --listen nowhere", "nowhere"),
            ("--database a --port 1", "--port"),
        ] {
            assert!(parse(line).unwrap_err().contains(named), "{line}");
        }
    }

    #[test]
    fn help_is_no_error() {
        assert_eq!(parse("--help"), Ok(None));
    }
}
