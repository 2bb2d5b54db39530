//! Where things lie in the repository, and the programs that are started again and again.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::term::{Context, Failure, Result};

/// The root of the repository and cargo's target directory.
#[derive(Debug)]
pub struct Project {
    root: PathBuf,
    target: PathBuf,
}

impl Project {
    /// Finds the repository that holds the running xtask.
    ///
    /// # Errors
    /// When started neither by cargo nor inside of the repository.
    pub fn find() -> Result<Self> {
        let from_cargo = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let start = match from_cargo {
            Some(folder) => folder,
            None => env::current_dir().context(|| "read the current folder".to_string())?,
        };
        let root = start
            .ancestors()
            .find(|folder| folder.join("xtask/Cargo.toml").is_file())
            .ok_or_else(|| Failure::new("start `cargo xtask` inside of the mergefetch repository"))?
            .to_path_buf();
        let target = root.join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()));
        Ok(Self { root, target })
    }

    pub fn root(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    pub fn target(&self, path: &str) -> PathBuf {
        self.target.join(path)
    }

    /// The folder of a program that xtask installed itself.
    pub fn tool(&self, name: &str) -> PathBuf {
        self.target("tools/bin").join(name)
    }

    /// A program in the root of the repository, with the tools of xtask first in `PATH`.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        // Set by `cargo run` for xtask: build scripts that watch them would run again with every command.
        for (name, _) in env::vars_os() {
            if name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")) {
                command.env_remove(name);
            }
        }
        let mut folders = vec![self.target("tools/bin")];
        folders.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
        if let Ok(path) = env::join_paths(folders) {
            command.env("PATH", path);
        }
        command
    }

    pub fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(arguments);
        command
    }

    /// A program of an npm package in `node_modules`.
    pub fn npm_tool(&self, name: &str) -> Command {
        self.command(self.root("node_modules/.bin").join(name))
    }
}

/// The first program of these names in `PATH`.
pub fn find_program(names: &[&str]) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    names.iter().find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|file| file.is_file()))
}

/// The files right in `folder` whose name passes, sorted; none when there is no such folder.
pub fn files_in(folder: &Path, wanted: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    let entries = fs::read_dir(folder).context(|| format!("read the folder {}", folder.display()))?;
    for entry in entries {
        let path = entry.context(|| format!("read the folder {}", folder.display()))?.path();
        if path.is_file() && wanted(&file_name(&path)) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

pub fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// An empty folder at `path`; earlier content is deleted.
pub fn fresh_folder(path: &Path) -> Result<()> {
    if path.exists() {
        fs::remove_dir_all(path).context(|| format!("empty the folder {}", path.display()))?;
    }
    make_folder(path)
}

pub fn make_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).context(|| format!("create the folder {}", path.display()))
}

/// Copies a folder with all that is in it.
pub fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    make_folder(to)?;
    for entry in fs::read_dir(from).context(|| format!("read the folder {}", from.display()))? {
        let path = entry.context(|| format!("read the folder {}", from.display()))?.path();
        let copy = to.join(file_name(&path));
        if path.is_dir() {
            copy_folder(&path, &copy)?;
        } else {
            fs::copy(&path, &copy).context(|| format!("copy {}", path.display()))?;
        }
    }
    Ok(())
}
