//! A commit of the repository that the policy file lies in, resolved once to its object id.
//!
//! Names are a risk: git prefers a tag to a branch of the same name, and everybody who may push can make tags. So a name that
//! means several things is refused, a name of a remote's branch means that branch alone, and from then on only the id is used.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};
use tollgate_policy::Policy;
use tollgate_policy_gate::rego::Rego;

/// A commit.
pub(super) struct Commit {
    /// A folder of the repository: names of files are below it.
    folder: PathBuf,
    /// The object id.
    id: String,
    /// How messages call it.
    pub(super) name: String,
}

/// What a tree has under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    kind: Kind,
    /// The path from the folder.
    path: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    File,
    Link,
    Submodule,
}

/// How git may find a plain name, in addition to a file such as HEAD.
const PLACES: [&str; 5] = ["refs/", "refs/tags/", "refs/heads/", "refs/remotes/", "refs/remotes/{}/HEAD"];

impl Commit {
    /// The commit that a person or a workflow names with an option, `--base` or `--from`.
    ///
    /// # Errors
    ///
    /// When there is none, or the name means more than one thing.
    pub(super) fn named(folder: &Path, name: &str, option: &str) -> anyhow::Result<Self> {
        if name.starts_with('-') || name.is_empty() {
            bail!("`{name}` is no commit");
        }
        let plain = name.split(['~', '^', '@', ':']).next().unwrap_or_default();
        let whole = plain.starts_with("refs/") || is_object_id(plain);
        let exact = if whole {
            name.to_owned()
        } else if is_of_remote(folder, plain) {
            format!("refs/remotes/{name}")
        } else {
            let found: Vec<String> = PLACES
                .iter()
                .map(|place| if place.contains("{}") { place.replace("{}", plain) } else { format!("{place}{plain}") })
                .filter(|reference| resolves(folder, reference))
                .collect();
            if found.len() > 1 {
                bail!(
                    "`{name}` means {}\nhint: name one of them whole, such as {}",
                    found.join(" and "),
                    found.last().map_or("refs/heads/main", String::as_str)
                );
            }
            // The clone of a job often lacks the local branch, and anyone who may push can create a tag with its name.
            if found.first().is_some_and(|reference| reference.starts_with("refs/tags/")) {
                bail!("`{name}` is a tag\nhint: name it whole, {}, or name a branch such as origin/main", found[0]);
            }
            name.to_owned()
        };
        match object_id(folder, &exact) {
            Some(id) => Ok(Self { folder: folder.to_owned(), id, name: name.to_owned() }),
            None => bail!(
                "there is no commit `{name}`, which {option} names\nhint: fetch it (actions/checkout with fetch-depth: 0), or \
                 name another with {option}"
            ),
        }
    }

    /// The first of some references and ids that this clone has.
    ///
    /// # Errors
    ///
    /// When it has none of them.
    pub(super) fn first_of(folder: &Path, candidates: &[String], what: &str, hint: &str) -> anyhow::Result<Self> {
        for exact in candidates.iter().filter(|c| c.starts_with("refs/") || is_object_id(c)) {
            if let Some(id) = object_id(folder, exact) {
                return Ok(Self { folder: folder.to_owned(), id, name: exact.clone() });
            }
        }
        bail!(
            "{what} is not in this clone ({}), so waivers and policies cannot be read from it\nhint: fetch it \
             (actions/checkout with fetch-depth: 0){hint}",
            if candidates.is_empty() { "the event names none".to_owned() } else { candidates.join(", ") }
        )
    }

    /// The same commit, with names of files below another folder of the repository.
    pub(super) fn at(&self, folder: &Path) -> Self {
        Self { folder: folder.to_owned(), id: self.id.clone(), name: self.name.clone() }
    }

    /// The text of a file; `None` when the commit has none.
    pub(super) fn file(&self, name: &str) -> anyhow::Result<Option<String>> {
        let Some(bytes) = self.bytes(name)? else { return Ok(None) };
        let text = String::from_utf8(bytes);
        Ok(Some(text.with_context(|| format!("{}:{name} is not UTF-8 text", self.name))?))
    }

    /// The bytes of a file; `None` when the commit has none.
    pub(super) fn bytes(&self, name: &str) -> anyhow::Result<Option<Vec<u8>>> {
        let Some(entry) = self.entries(name, false)?.into_iter().find(|entry| same_path(&entry.path, name)) else {
            return Ok(None);
        };
        if entry.kind != Kind::File {
            bail!(
                "{}:{name} is a link or a submodule\nhint: the gate reads regular files of the base branch alone",
                self.name
            );
        }
        let shown = git(&self.folder, &["cat-file", "blob", &format!("{}:./{}", self.id, entry.path)])?;
        if !shown.status.success() {
            bail!("{}:{name} cannot be read from git", self.name);
        }
        Ok(Some(shown.stdout))
    }

    /// The files of Rego.
    pub(super) fn rego(&self, policy: &Policy) -> anyhow::Result<Vec<(String, String)>> {
        let folder = policy.gate.rego.trim_end_matches('/');
        let mut out = Vec::new();
        for entry in self.entries(folder, true)? {
            let below = entry.path.strip_prefix(folder).unwrap_or(&entry.path).trim_start_matches('/');
            let read = Rego::takes_path(below);
            if entry.kind == Kind::Submodule || (entry.kind == Kind::Link && (below.is_empty() || read)) {
                bail!(
                    "{}:{} is a link or a submodule, so its Rego cannot be read from the base branch\nhint: keep policies as \
                     files of the repository",
                    self.name,
                    entry.path
                );
            }
            if !read {
                continue;
            }
            out.extend(self.file(&entry.path)?.map(|text| (entry.path.clone(), text)));
        }
        Ok(out)
    }

    /// What the tree has under a name, by paths from the folder.
    fn entries(&self, name: &str, below: bool) -> anyhow::Result<Vec<Entry>> {
        let mut arguments = vec!["--literal-pathspecs", "ls-tree", "-z"];
        if below {
            arguments.push("-r");
        }
        arguments.extend([self.id.as_str(), "--", name]);
        let listed = git(&self.folder, &arguments)?;
        if !listed.status.success() {
            bail!("the files of {} cannot be listed: {}", self.name, String::from_utf8_lossy(&listed.stderr).trim());
        }
        let mut out = Vec::new();
        for line in listed.stdout.split(|byte| *byte == 0).filter(|line| !line.is_empty()) {
            let line = std::str::from_utf8(line);
            let Some((about, path)) = line.ok().and_then(|line| line.split_once('\t')) else {
                bail!("{} has a file below {name} whose name is not UTF-8 text", self.name);
            };
            let kind = match about.split(' ').next() {
                Some("160000") => Kind::Submodule,
                Some("120000") => Kind::Link,
                Some("040000") => continue,
                _ => Kind::File,
            };
            out.push(Entry { kind, path: path.to_owned() });
        }
        Ok(out)
    }
}

/// The files of a commit in a folder of their own, which is removed with this.
pub(super) struct Checkout {
    files: tempfile::TempDir,
    /// The top folder of the repository.
    top: PathBuf,
}

impl Commit {
    /// Writes the files of the commit to a new folder. The repository and its working tree stay as they are.
    pub(super) fn check_out(&self) -> anyhow::Result<Checkout> {
        let top = git(&self.folder, &["rev-parse", "--show-toplevel"])?;
        let top = PathBuf::from(String::from_utf8(top.stdout).context("the path of the repository")?.trim());
        let files = tempfile::tempdir().context("a folder for the files of the commit")?;
        let archive = files.path().join(".archive.tar");
        let output = format!("--output={}", archive.display());
        let made = git(&top, &["archive", "--format=tar", &output, &self.id])?;
        if !made.status.success() {
            bail!("the files of {} cannot be read: {}", self.name, String::from_utf8_lossy(&made.stderr).trim());
        }
        let unpacked = Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(files.path()).output();
        let unpacked = unpacked.context("tar cannot be run")?;
        if !unpacked.status.success() {
            bail!("the files of {} cannot be unpacked", self.name);
        }
        std::fs::remove_file(&archive).context("the archive of the commit")?;
        Ok(Checkout { files, top })
    }
}

impl Checkout {
    /// Returns where a path of the working tree is among the files.
    pub(super) fn path_of(&self, path: &Path) -> anyhow::Result<PathBuf> {
        let whole = path.canonicalize().context("the new side has no such folder or plan")?;
        let top = self.top.canonicalize().context("the repository")?;
        let relative = whole.strip_prefix(&top).context("it is outside of the repository")?;
        Ok(self.files.path().join(relative))
    }
}

/// Refuses a path that goes through a link or into a submodule: a change can make either, and what the base branch has under the
/// path as it is written would not be looked at.
pub(super) fn is_plain(path: &Path) -> anyhow::Result<()> {
    let whole = std::path::absolute(path).with_context(|| path.display().to_string())?;
    for part in whole.ancestors() {
        let is_link = std::fs::symlink_metadata(part).is_ok_and(|meta| meta.file_type().is_symlink());
        let (Some(folder), Some(name)) = (part.parent(), part.file_name().and_then(|n| n.to_str())) else { continue };
        if is_link && tracked(folder, name) {
            bail!(
                "{}: {} is a link of the repository\nhint: name the file by a path without links",
                path.display(),
                part.display()
            );
        }
    }
    let folder = whole.parent().unwrap_or(&whole);
    let above = git(folder, &["rev-parse", "--show-superproject-working-tree"])?;
    if !above.stdout.trim_ascii().is_empty() {
        bail!(
            "{}: is in a submodule, which the change may have made\nhint: keep it in the repository itself",
            path.display()
        );
    }
    Ok(())
}

/// Whether the commit that is checked out, or the index, has a file: then it is a file of the change.
pub(super) fn tracked(folder: &Path, name: &str) -> bool {
    let known =
        |arguments: &[&str]| git(folder, arguments).is_ok_and(|out| out.status.success() && !out.stdout.is_empty());
    known(&["--literal-pathspecs", "ls-files", "-z", "--", name])
        || known(&["--literal-pathspecs", "ls-tree", "-z", "HEAD", "--", name])
}

fn same_path(one: &str, other: &str) -> bool {
    one.trim_start_matches("./") == other.trim_start_matches("./")
}

/// 40 or 64 hexadecimal digits: git takes them for an object, whatever references are called so.
fn is_object_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

fn is_of_remote(folder: &Path, name: &str) -> bool {
    let Some((remote, _)) = name.split_once('/') else { return false };
    if remote == "origin" {
        return true;
    }
    git(folder, &["remote"]).is_ok_and(|out| String::from_utf8_lossy(&out.stdout).lines().any(|line| line == remote))
}

fn resolves(folder: &Path, reference: &str) -> bool {
    git(folder, &["show-ref", "--verify", "--quiet", "--", reference]).is_ok_and(|out| out.status.success())
}

fn object_id(folder: &Path, exact: &str) -> Option<String> {
    let name = format!("{exact}^{{commit}}");
    let found = git(folder, &["rev-parse", "--verify", "--quiet", "--end-of-options", &name]).ok()?;
    let id = String::from_utf8(found.stdout).ok()?.trim().to_owned();
    (found.status.success() && is_object_id(&id)).then_some(id)
}

/// Runs git. Replacement objects and grafts, which a repository can carry, stay out of what is read.
fn git(folder: &Path, arguments: &[&str]) -> anyhow::Result<std::process::Output> {
    let mut command = Command::new("git");
    command.arg("--no-replace-objects").arg("-C").arg(folder).args(arguments);
    command.env("GIT_NO_REPLACE_OBJECTS", "1").env("GIT_OPTIONAL_LOCKS", "0");
    command.output().context("git cannot be run")
}
