//! The archive of the package as `npm publish` would make it, and projects that install it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::process::run;
use crate::project::{Project, copy_folder, files_in, fresh_folder, make_folder};
use crate::term::{Context, Failure, Result};
use crate::tools;

/// Packs pkg/ as `npm publish` would; the archive.
pub fn pack(project: &Project) -> Result<PathBuf> {
    let archives = project.target("test/pack");
    fresh_folder(&archives)?;
    run("npm: npm pack", project.command("npm").args(["pack", "./pkg", "--pack-destination"]).arg(&archives))?;
    let packed = files_in(&archives, |name| name.ends_with(".tgz"))?;
    let [archive] = packed.as_slice() else {
        return Err(Failure::new(format!("expected npm pack to write one archive, but found {}", packed.len())));
    };
    Ok(archive.clone())
}

/// Installs the packed package where nothing else is.
pub fn install_tarball(project: &Project, folder: &Path) -> Result<()> {
    install_archive(project, &pack(project)?, folder)
}

/// Installs an archive of the package where nothing else is.
pub fn install_archive(project: &Project, archive: &Path, folder: &Path) -> Result<()> {
    fresh_folder(folder)?;
    let manifest = folder.join("package.json");
    fs::write(&manifest, "{ \"name\": \"consumer\", \"private\": true, \"type\": \"module\" }\n")
        .context(|| format!("write {}", manifest.display()))?;
    let mut command = project.command("npm");
    command.args(["install", "--offline", "--no-audit", "--no-fund", "--ignore-scripts"]).arg(archive);
    run("npm: npm install of the archive", command.current_dir(folder))
}

/// A project in `folder` made of the files in `tests`, with the packages of its own lock file, which are kept between runs, and
/// with the packed package among them; its archive.
pub fn consumer(project: &Project, tests: &str, folder: &Path) -> Result<PathBuf> {
    let archive = pack(project)?;
    make_folder(folder)?;
    // Removed files must not be tested any more.
    for file in files_in(folder, |_| true)? {
        fs::remove_file(&file).context(|| format!("remove {}", file.display()))?;
    }
    copy_folder(&project.root(tests), folder)?;
    tools::npm_ci(project, folder)?;
    let package = folder.join("node_modules/mergefetch");
    fresh_folder(&package)?;
    let mut tar = project.command("tar");
    tar.args(["--extract", "--strip-components=1", "--file"]).arg(&archive).arg("--directory").arg(&package);
    run(&format!("{tests}: the archive among its packages"), &mut tar)?;
    Ok(archive)
}
